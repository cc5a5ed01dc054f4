/** A whole run as text for a person: timeline, lists, summary; what broke stands last, where the eye is. */
import { renderInvocations } from './invocations.ts';
import { renderDiscards, renderRefusals, renderViolations } from './lists.ts';
import type { Look } from './look.ts';
import { renderMisses } from './misses.ts';
import type { ShownRun } from './shown.ts';
import { renderSummary } from './summary.ts';
import { renderTimeline } from './timeline.ts';

/** The report's lines: sections with an empty line between them. A refused mapping has no run to show. */
export function renderReport(run: ShownRun, look: Look): string[] {
  const { result } = run;
  const refused = renderRefusals(result, look);
  const ran = refused.length === 0 || result.invocations.length > 0;
  const title = look.paint('strong', result.scenario) + look.paint('dim', `  seed ${result.seed}`);
  return joinSections([
    [title],
    renderTimeline(result, look),
    renderInvocations(result, look),
    renderDiscards(result, look),
    ran ? renderSummary(run, look) : [],
    refused,
    renderViolations(result, look),
    renderMisses(run.misses ?? [], look),
  ]);
}

/** Sections that are not empty, an empty line between two. */
export function joinSections(sections: readonly (readonly string[])[]): string[] {
  const lines: string[] = [];
  for (const section of sections) {
    if (section.length === 0) continue;
    if (lines.length > 0) lines.push('');
    lines.push(...section);
  }
  return lines;
}
