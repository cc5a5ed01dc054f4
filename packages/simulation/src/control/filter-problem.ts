/** The filter rules of the core, as the control plane asks for them. */
import type { FilterProblem } from '@millrace/aws-shapes';
import { compileFilters, type FilterOptions, type SourceKind } from '@millrace/semantics';

/** The first problem of a mapping's filter patterns, each a JSON text; undefined when all are valid. */
export function filterProblem(
  patterns: readonly string[],
  kind: SourceKind,
  options: FilterOptions = {},
): FilterProblem | undefined {
  const compiled = compileFilters(patterns, kind, options);
  if (compiled.ok) return undefined;
  const { rule, message, detail } = compiled;
  return { rule, message, detail };
}
