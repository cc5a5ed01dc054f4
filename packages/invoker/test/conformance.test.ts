/** The conformance suite of the port, on every invoker that runs functions here. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type InvokerAbility, type InvokerSubject, invokerCases } from '@millrace/runtime/conformance';
import { describe, expect, test } from 'vitest';
import { describeWith } from '../../../test/components/available.ts';
import { leftOutMark } from '../../../test/components/marks.ts';
import { inlineInvoker, isolatedInvoker, nodeRuntime, workerInvoker } from '../src/index.ts';
import { fixture, python } from './support.ts';

const handler = { file: fixture('conformance.mjs') };

const inline: InvokerSubject = {
  open: (definition, maxEnvironments) => inlineInvoker(definition, { handler, maxEnvironments }),
};
const worker: InvokerSubject = {
  open: (definition, maxEnvironments) => workerInvoker(definition, { handler, maxEnvironments }),
};
const isolatedNode: InvokerSubject = {
  open: (definition, maxEnvironments) =>
    isolatedInvoker(definition, { ...nodeRuntime(definition, handler), maxEnvironments }),
};

function isolatedPython(command: () => readonly string[]): InvokerSubject {
  return {
    open: (definition, maxEnvironments) =>
      isolatedInvoker(definition, {
        command: command(),
        handler: 'conformance.handler',
        cwd: fixture('.'),
        maxEnvironments,
      }),
  };
}

function suite(subject: InvokerSubject, cannot: readonly InvokerAbility[] = []): void {
  const cases = invokerCases.filter(({ needs }) => !needs || !cannot.includes(needs));

  test.each(cases)('$name', ({ run }) => run(subject));

  test('leaves out only what it says it cannot do', () => {
    const left = invokerCases.filter((one) => !cases.includes(one)).map(({ needs }) => needs);
    expect(new Set(left)).toEqual(new Set(cannot));
  });
}

describe('inline', () => suite(inline, ['interrupts', 'outlives', 'variables', 'logs', 'measures-requests']));

describe('worker', () => suite(worker));

describe('isolated, Node.js', () => suite(isolatedNode));

describeWith(['python3'], 'isolated, a custom runtime in Python', () =>
  suite(isolatedPython(() => [python(), '-B', 'runtime.py'])),
);

/** The official client for Python, where somebody has installed it: it is compiled on installation, which takes long. */
const official = fileURLToPath(new URL('../../../.components/awslambdaric/bin/python', import.meta.url));
const install = 'python3 -m venv .components/awslambdaric && .components/awslambdaric/bin/pip install awslambdaric';
const leftOut = existsSync(official) ? '' : `${leftOutMark}${install})`;

describe.skipIf(leftOut !== '')(`isolated, awslambdaric${leftOut}`, () =>
  suite(isolatedPython(() => [official, '-B', '-m', 'awslambdaric', 'conformance.handler'])),
);
