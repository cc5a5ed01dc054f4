/** The conformance suite of the port, on every invoker that runs functions here. */
import { type InvokerAbility, type InvokerSubject, invokerCases } from '@millrace/runtime/conformance';
import { describe, expect, test } from 'vitest';
import { inlineInvoker, isolatedInvoker, nodeRuntime, workerInvoker } from '../src/index.ts';
import { fixture, python } from './support.ts';

const handler = { file: fixture('conformance.mjs') };
const cwd = fixture('.');

const subjects: Readonly<
  Record<string, { readonly subject: InvokerSubject; readonly cannot: readonly InvokerAbility[] }>
> = {
  inline: {
    subject: {
      open: (definition, maxEnvironments) => inlineInvoker(definition, { handler, maxEnvironments }),
    },
    cannot: ['interrupts', 'outlives', 'variables', 'logs', 'measures-requests'],
  },
  worker: {
    subject: { open: (definition, maxEnvironments) => workerInvoker(definition, { handler, maxEnvironments }) },
    cannot: [],
  },
  'isolated, Node.js': {
    subject: {
      open: (definition, maxEnvironments) =>
        isolatedInvoker(definition, { ...nodeRuntime(definition, handler), maxEnvironments }),
    },
    cannot: [],
  },
  'isolated, a custom runtime in Python': {
    subject: {
      open: (definition, maxEnvironments) =>
        isolatedInvoker(definition, {
          command: [python(), '-B', 'runtime.py'],
          handler: 'conformance.handler',
          cwd,
          maxEnvironments,
        }),
    },
    cannot: [],
  },
};

describe.each(Object.entries(subjects))('%s', (_name, { subject, cannot }) => {
  const cases = invokerCases.filter(({ needs }) => !needs || !cannot.includes(needs));

  test.each(cases)('$name', ({ run }) => run(subject));

  test('leaves out only what it says it cannot do', () => {
    const left = invokerCases.filter((one) => !cases.includes(one)).map(({ needs }) => needs);
    expect(new Set(left)).toEqual(new Set(cannot));
  });
});
