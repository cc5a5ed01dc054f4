/** Parameters that are checked and echoed but can have no effect outside AWS. They are listed, never silently ignored. */

const wholeParameters = ['KMSKeyArn', 'Tags', 'LoggingConfig'] as const;
const accessTypes = ['VPC_SUBNET', 'VPC_SECURITY_GROUP'];

/** The names of a request's carried parameters, each once, such as `KMSKeyArn` or `SourceAccessConfigurations VPC_SUBNET`. */
export function carriedParameters(request: Readonly<Record<string, unknown>>): string[] {
  const names: string[] = wholeParameters.filter((name) => isGiven(request[name]));
  if (isGiven(member(request.ProvisionedPollerConfig, 'PollerGroupName'))) {
    names.push('ProvisionedPollerConfig.PollerGroupName');
  }
  const entries = Array.isArray(request.SourceAccessConfigurations) ? request.SourceAccessConfigurations : [];
  const types = new Set(entries.map((entry) => member(entry, 'Type')));
  for (const type of accessTypes) if (types.has(type)) names.push(`SourceAccessConfigurations ${type}`);
  return names;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
