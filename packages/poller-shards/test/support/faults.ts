/** Refusals that an endpoint would give, put between the SDK and the endpoint: nobody can wait 15 minutes for an iterator to expire. */

interface Middleware {
  add(
    middleware: (
      next: (args: never) => Promise<unknown>,
      context: { commandName?: string },
    ) => (args: never) => Promise<unknown>,
    options: { step: 'initialize'; name: string },
  ): void;
}

export interface Faults {
  /** The next calls of this command are refused so. */
  refuse(commandName: string, errorName: string, times: number): void;
}

/** Makes refusals possible on a client of the SDK. */
export function faultsOf(client: { readonly middlewareStack: unknown }): Faults {
  const pending: { readonly commandName: string; readonly errorName: string }[] = [];
  (client.middlewareStack as Middleware).add(
    (next, context) => async (args) => {
      const index = pending.findIndex(({ commandName }) => commandName === context.commandName);
      const [fault] = index < 0 ? [] : pending.splice(index, 1);
      if (fault) throw Object.assign(new Error('refused by the test'), { name: fault.errorName });
      return next(args);
    },
    { step: 'initialize', name: 'refusals' },
  );
  return {
    refuse(commandName, errorName, times) {
      for (let time = 0; time < times; time += 1) pending.push({ commandName, errorName });
    },
  };
}
