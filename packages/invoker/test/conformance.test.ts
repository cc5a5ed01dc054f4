/** The conformance suite of the port, on every invoker that runs functions here. */
import { type InvokerAbility, type InvokerSubject, invokerCases } from '@millrace/runtime/conformance';
import { describe, expect, test } from 'vitest';
import { pythonWithAwslambdaric } from '../../../infra/components/awslambdaric.mjs';
import { describeWith } from '../../../test/components/available.ts';
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

describeWith(['awslambdaric'], 'isolated, awslambdaric', () =>
  suite(isolatedPython(() => [pythonWithAwslambdaric, '-B', '-m', 'awslambdaric', 'conformance.handler'])),
);
