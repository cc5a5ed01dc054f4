/** test/components/desk.ts: what the workers of a run share is started once, when the first one asks, and ended. */
import { afterEach, expect, test } from 'vitest';
import { askDesk, type Desk, openDesk } from './desk.ts';

const desks: Desk[] = [];
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close();
});

async function open(start: Parameters<typeof openDesk>[0]): Promise<Desk> {
  const desk = await openDesk(start);
  desks.push(desk);
  return desk;
}

test('starts nothing before somebody asks, once for all who ask, and stops it', async () => {
  const happened: string[] = [];
  const desk = await open(async () => {
    happened.push('started');
    return { url: 'http://127.0.0.1:1', stop: async () => void happened.push('stopped') };
  });
  expect(happened).toEqual([]);
  const answers = await Promise.all([askDesk(desk.url, 'elasticmq'), askDesk(desk.url, 'elasticmq')]);
  expect(answers).toEqual(['http://127.0.0.1:1', 'http://127.0.0.1:1']);
  await desk.close();
  expect(happened).toEqual(['started', 'stopped']);
});

test('hands out the reason when it could not be started', async () => {
  const desk = await open(() => Promise.reject(new Error('no Java here')));
  await expect(askDesk(desk.url, 'elasticmq')).rejects.toThrow('no Java here');
});
