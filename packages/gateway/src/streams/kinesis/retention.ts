/** IncreaseStreamRetentionPeriod, DecreaseStreamRetentionPeriod. */
import { invalidArgument } from '../errors.ts';
import type { StreamsService } from '../service.ts';
import { noSuchStream, streamNow, type WhichStream } from './whichStream.ts';

type Input = WhichStream & { readonly RetentionPeriodHours: number };

const HOUR_MS = 3_600_000;
const SHORTEST_HOURS = 24;
const LONGEST_HOURS = 8760;

export async function increaseRetention(service: StreamsService, input: Input): Promise<undefined> {
  await changeRetention(service, input, (hours, existing) => hours < existing, 'shorter', 'Decrease');
}

export async function decreaseRetention(service: StreamsService, input: Input): Promise<undefined> {
  await changeRetention(service, input, (hours, existing) => hours > existing, 'longer', 'Increase');
}

async function changeRetention(
  service: StreamsService,
  input: Input,
  isRefused: (hours: number, existing: number) => boolean,
  word: string,
  other: string,
): Promise<void> {
  const { name } = (await streamNow(service, input)).definition;
  const hours = input.RetentionPeriodHours;
  if (hours < SHORTEST_HOURS) {
    throw invalidArgument(
      `Minimum allowed retention period is ${SHORTEST_HOURS} hours. Requested retention period (${hours} hours) is too short.`,
    );
  }
  if (hours > LONGEST_HOURS) {
    throw invalidArgument(
      `Maximum allowed retention period is ${LONGEST_HOURS} hours. Requested retention period (${hours} hours) is too long.`,
    );
  }
  const changed = await service.change(name, ({ retentionMs }) => {
    const existing = retentionMs / HOUR_MS;
    if (!isRefused(hours, existing)) return { retentionMs: hours * HOUR_MS };
    throw invalidArgument(
      `Requested retention period (${hours} hours) for stream ${name} can not be ${word} than existing retention period (${existing} hours). Use ${other}RetentionPeriod API.`,
    );
  });
  if (!changed) throw noSuchStream(service, name);
}
