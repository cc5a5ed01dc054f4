/** Mappings: references, and the parameters that can be derived from them. What is written is never touched. */
import { secretArn } from '../arns.ts';
import type { MappingDocument, ScenarioDocument } from '../document.ts';
import { type FunctionPlan, isTopic, type MappingPlan, type SourcePlan } from '../plan.ts';
import type { Path } from '../problems.ts';
import { type Context, ms, refer } from './context.ts';

export interface MappingParties {
  readonly sources: readonly SourcePlan[];
  readonly functions: readonly FunctionPlan[];
}

/** The entries of either form, with the path at which each stands. */
export function mappingEntries(document: ScenarioDocument): readonly { entry: MappingDocument; path: Path }[] {
  if (document.mappings !== undefined) {
    return document.mappings.map((entry, index) => ({ entry, path: ['mappings', index] }));
  }
  const entry: MappingDocument = {
    parameters: document.mapping ?? {},
    ...(document.mappingCreatedAt !== undefined && { createdAt: document.mappingCreatedAt }),
  };
  return [{ entry, path: ['mapping'] }];
}

export function resolveMapping(
  entry: MappingDocument,
  path: Path,
  parties: MappingParties,
  context: Context,
): MappingPlan | undefined {
  const names = (list: readonly { readonly name: string }[]) => list.map((one) => one.name);
  const sourceIndex = refer(
    { what: 'source', names: names(parties.sources) },
    entry.source,
    path,
    'source',
    context.report,
  );
  const functionIndex = refer(
    { what: 'function', names: names(parties.functions) },
    entry.function,
    path,
    'function',
    context.report,
  );
  const source = parties.sources[sourceIndex];
  const target = parties.functions[functionIndex];
  if (source === undefined || target === undefined) return undefined;
  return {
    name: entry.name ?? `${source.name}-${target.name}`,
    source: sourceIndex,
    function: functionIndex,
    createdAtMs: ms(entry.createdAt, 0),
    request: { ...derivedParameters(source, target, context), ...entry.parameters },
  };
}

/** What AWS wants and the scenario need not say. */
function derivedParameters(
  source: SourcePlan,
  target: FunctionPlan,
  context: Context,
): Readonly<Record<string, unknown>> {
  return {
    ...(source.type !== 'self-managed-kafka' && { EventSourceArn: readArn(source) }),
    FunctionName: target.name,
    ...(isTopic(source) && { Topics: [source.topic] }),
    ...(source.type === 'self-managed-kafka' && {
      SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: [...source.bootstrapServers] } },
      SourceAccessConfigurations: [{ Type: 'BASIC_AUTH', URI: secretArn(context) }],
    }),
  };
}

/** A mapping with enhanced fan-out names the consumer, not the stream. */
function readArn(source: SourcePlan): string {
  return source.type === 'kinesis' ? (source.consumerArn ?? source.arn) : source.arn;
}
