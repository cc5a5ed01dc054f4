/** Schema of the mappings: AWS's parameter names are checked, their values are not. */
import { parameterDescriptions } from '../parameters.ts';
import { duration, objectOf, ref, type SchemaNode, text } from './node.ts';

const properties = Object.fromEntries(
  Object.entries(parameterDescriptions).map(([name, description]) => [name, { description }]),
);

export const parameters: SchemaNode = {
  ...objectOf('the parameters of CreateEventSourceMapping', properties),
  type: ['object', 'null'],
  description:
    'Parameters of CreateEventSourceMapping by their AWS names, sent as they stand. What can be derived may be left out.',
};

export const mappingEntry = objectOf('a mapping', {
  name: text('What the mapping is called in the result; default <source>-<function>.'),
  source: text('Name of its source.'),
  function: text('Name of its function.'),
  createdAt: duration('Virtual time at which it is created.', '0s'),
  parameters: ref('parameters'),
});
