/** test/components/desk.ts: what the workers of a run share is started once, when the first one asks, and ended. */
import { afterEach, expect, test } from 'vitest';
import { askDesk, type Desk, openDesk, type Shared } from './desk.ts';

const desks: Desk[] = [];
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close();
});

const unwanted = () => Promise.reject(new Error('nobody asked for it'));

async function open(starts: Partial<Parameters<typeof openDesk>[0]>): Promise<Desk> {
  const all = { elasticmq: unwanted, kafka: unwanted, 'dynamodb-local': unwanted, 'kinesis-mock': unwanted, ...starts };
  const desk = await openDesk(all);
  desks.push(desk);
  return desk;
}

/** A start that notes what happens. */
function noting(happened: string[], name: string, url: string): () => Promise<Shared> {
  return async () => {
    happened.push(`${name} started`);
    return { url, stop: async () => void happened.push(`${name} stopped`) };
  };
}

test('starts nothing before somebody asks, once for all who ask, and stops it', async () => {
  const happened: string[] = [];
  const desk = await open({ elasticmq: noting(happened, 'elasticmq', 'http://127.0.0.1:1') });
  expect(happened).toEqual([]);
  const answers = await Promise.all([askDesk(desk.url, 'elasticmq'), askDesk(desk.url, 'elasticmq')]);
  expect(answers).toEqual(['http://127.0.0.1:1', 'http://127.0.0.1:1']);
  await desk.close();
  expect(happened).toEqual(['elasticmq started', 'elasticmq stopped']);
});

test('hands out each by its name, and stops only what was started', async () => {
  const happened: string[] = [];
  const desk = await open({
    kafka: noting(happened, 'kafka', '127.0.0.1:1,127.0.0.1:2'),
    'kinesis-mock': noting(happened, 'kinesis-mock', 'http://127.0.0.1:3'),
    'dynamodb-local': noting(happened, 'dynamodb-local', 'http://127.0.0.1:4'),
  });
  expect(await askDesk(desk.url, 'kinesis-mock')).toBe('http://127.0.0.1:3');
  expect(await askDesk(desk.url, 'kafka')).toBe('127.0.0.1:1,127.0.0.1:2');
  await desk.close();
  expect(happened.toSorted()).toEqual([
    'kafka started',
    'kafka stopped',
    'kinesis-mock started',
    'kinesis-mock stopped',
  ]);
});

test('hands out the reason when it could not be started', async () => {
  const desk = await open({ elasticmq: () => Promise.reject(new Error('no Java here')) });
  await expect(askDesk(desk.url, 'elasticmq')).rejects.toThrow('no Java here');
});

test('one that could not be started does not keep the others from being stopped', async () => {
  const happened: string[] = [];
  const desk = await open({ kafka: noting(happened, 'kafka', '127.0.0.1:1') });
  await expect(askDesk(desk.url, 'dynamodb-local')).rejects.toThrow('nobody asked for it');
  await askDesk(desk.url, 'kafka');
  await desk.close();
  expect(happened).toEqual(['kafka started', 'kafka stopped']);
});
