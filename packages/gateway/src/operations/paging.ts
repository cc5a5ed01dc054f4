/** Lists in pages: the token of the next page is the last name of this one. */
import { invalidParameter } from '../errors.ts';
import { requireBetween } from '../service.ts';

const MOST_RESULTS = 1000;

export interface PageInput {
  readonly NextToken?: string;
  readonly MaxResults?: number;
}

export interface Page {
  readonly names: readonly string[];
  readonly nextToken: string | undefined;
}

/** One page of sorted names. Without MaxResults it is the first thousand, and SQS gives no token for the rest. */
export function pageOf(names: readonly string[], { NextToken: token, MaxResults: max }: PageInput): Page {
  const reason = `MaxResults must be an integer between 1 and ${MOST_RESULTS}.`;
  const size = max === undefined ? MOST_RESULTS : requireBetween(max, 1, MOST_RESULTS, 'MaxResults', reason);
  const after = token === undefined || token === '' ? '' : readToken(token);
  const from = after === '' ? 0 : names.findIndex((name) => name > after);
  const page = from < 0 ? [] : names.slice(from, from + size);
  const last = page.at(-1);
  const hasMore = max !== undefined && last !== undefined && last !== names.at(-1);
  return { names: page, nextToken: hasMore ? Buffer.from(last).toString('base64url') : undefined };
}

function readToken(token: string): string {
  const name = Buffer.from(token, 'base64url').toString();
  if (/^[\w.-]{1,80}$/.test(name)) return name;
  throw invalidParameter('NextToken', token, 'It was not given by an earlier answer.');
}
