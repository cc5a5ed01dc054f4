/** What the rest of the core may use of the filter engine. */
export { type CompiledFilters, compileFilters, type FilterOptions, matchesFilters } from './filters.ts';
export { type CompiledPattern, compilePattern, matchesPattern } from './pattern.ts';
export type { FilterVerdict } from './rank.ts';
export type { PatternRefused } from './refusal.ts';
