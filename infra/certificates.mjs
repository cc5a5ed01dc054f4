#!/usr/bin/env node
/**
 * `node infra/certificates.mjs FOLDER`: certificates for a Kafka on 127.0.0.1 and its clients, for compose.yaml. What is
 * there already stays. Clients take ca.pem, client.pem and client.key.
 */
import { resolve } from 'node:path';
import { ensureOpenssl, makeCertificates } from './components/certificates.mjs';
import { ComponentError } from './components/process.mjs';

async function run([folder, ...others]) {
  if (!folder || others.length > 0) throw new ComponentError('FOLDER_MISSING', 'Name one folder for the certificates.');
  const problem = await ensureOpenssl({ say: console.log });
  if (problem) throw new ComponentError('COMPONENT_MISSING', problem);
  await makeCertificates(resolve(folder));
  console.log(`${folder} has the certificates.`);
}

await run(process.argv.slice(2)).catch((error) => {
  console.error(error.code ? error.message : error);
  process.exitCode = 1;
});
