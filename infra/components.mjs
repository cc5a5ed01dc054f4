#!/usr/bin/env node
/**
 * `node infra/components.mjs`: finds or installs everything that the tests want and says what is there.
 * Exits with 1 when something is missing and `--require` is given. Needs Node only, no installed packages.
 */
import { parseArgs } from 'node:util';
import { ensureComponents } from './components/ensure.mjs';

const { values } = parseArgs({ options: { require: { type: 'boolean' } } });
const say = (line) => console.log(`components: ${line}`);
const statuses = Object.entries(await ensureComponents({ say }));
for (const [name, { problem, url }] of statuses) say(`${name}: ${problem ?? url ?? 'ready'}`);
if (values.require && statuses.some(([, { problem }]) => problem !== undefined)) process.exitCode = 1;
