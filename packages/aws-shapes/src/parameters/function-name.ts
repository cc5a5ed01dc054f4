/** The forms in which a caller may name a function: bare name, `name:qualifier`, partial ARN, full ARN. */

/** A function as a caller named it. */
export interface FunctionReference {
  readonly name: string;
  /** A version, an alias or `$LATEST`; absent when the caller gave none. */
  readonly qualifier?: string;
  readonly region?: string;
  readonly accountId?: string;
}

/** The pattern of the API's NamespacedFunctionName, with its groups named. */
const form =
  /^(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?(?:(?<region>(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?(?:(?<accountId>\d{12}):)?(?:function:)?(?<name>[a-zA-Z0-9-_.]+)(?::(?<qualifier>\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_]+))?$/;

/** The parts of a function's name in any of its forms; undefined when it has none of them. */
export function parseFunctionName(text: string): FunctionReference | undefined {
  const groups = form.exec(text)?.groups;
  if (groups?.name === undefined) return undefined;
  return {
    name: groups.name,
    ...(groups.qualifier !== undefined && { qualifier: groups.qualifier }),
    ...(groups.region !== undefined && { region: groups.region }),
    ...(groups.accountId !== undefined && { accountId: groups.accountId }),
  };
}

/** The ARN that answers echo: the function's own, with exactly the qualifier that the caller gave. */
export function qualifiedArn(functionArn: string, qualifier: string | undefined): string {
  return qualifier === undefined ? functionArn : `${functionArn}:${qualifier}`;
}
