/**
 * Certificates for servers on 127.0.0.1 and their clients, made by openssl as PEM files: an authority of its own, a server
 * with its name and address, a client, and the client's key once more under a password.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, installPackages, lastLine, runProgram } from './commands.mjs';
import { ComponentError } from './process.mjs';

const days = '3650';
const newKey = ['-newkey', 'rsa:2048', '-nodes'];
/** Servers on Java read key and certificate from one file. */
const bothOfServer = 'server-both.pem';
const serverNames = 'subjectAltName=IP:127.0.0.1,DNS:localhost';

/** Finds openssl or installs it. @returns undefined when it is there, else one sentence that says why not. */
export async function ensureOpenssl({ say = () => {}, env = process.env } = {}) {
  if (findProgram('openssl', env)) return undefined;
  const problem = await installPackages({ apt: ['openssl'], brew: ['openssl'] }, { say, env });
  if (problem === undefined && findProgram('openssl', env)) return undefined;
  return `openssl was not found, and ${problem ?? 'is not there after its installation either'}`;
}

async function openssl(dir, args) {
  const { code, output } = await runProgram('openssl', args, { cwd: dir });
  if (code !== 0) throw new ComponentError('CERTIFICATES_FAILED', `openssl ${args[0]} failed: ${lastLine(output)}`);
}

/** A key and a certificate that the authority of this folder signs. */
async function issue(dir, name, subject, extensions) {
  const files = ['-keyout', `${name}.key`, '-out', `${name}.csr`];
  await openssl(dir, ['req', '-new', ...newKey, ...files, '-subj', subject]);
  writeFileSync(join(dir, `${name}.ext`), extensions.join('\n'));
  const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
  const made = ['-in', `${name}.csr`, '-out', `${name}.pem`, '-extfile', `${name}.ext`];
  await openssl(dir, ['x509', '-req', '-days', days, ...made, ...signer]);
  for (const ending of ['csr', 'ext']) rmSync(join(dir, `${name}.${ending}`));
}

/** Writes all files; the last of them tells that the others are there. */
async function fill(dir, clientName, keyPassword) {
  const authority = ['-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=millrace test authority'];
  await openssl(dir, ['req', '-x509', '-days', days, ...newKey, ...authority]);
  await issue(dir, 'server', '/CN=localhost', [serverNames]);
  await issue(dir, 'client', `/CN=${clientName}`, ['extendedKeyUsage=clientAuth']);
  const encrypt = ['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-passout', `pass:${keyPassword}`];
  await openssl(dir, [...encrypt, '-in', 'client.key', '-out', 'client-encrypted.key']);
  const both = ['server.key', 'server.pem'].map((name) => readFileSync(join(dir, name), 'utf8'));
  writeFileSync(join(dir, bothOfServer), both.join(''), { mode: 0o600 });
}

/** See certificates.d.mts. */
export async function makeCertificates(dir, { clientName = 'millrace', keyPassword = 'key-secret' } = {}) {
  mkdirSync(dir, { recursive: true });
  if (!existsSync(join(dir, bothOfServer))) await fill(dir, clientName, keyPassword);
  const file = (name) => join(dir, name);
  const read = (name) => readFileSync(file(name), 'utf8');
  return {
    caFile: file('ca.pem'),
    certFile: file('client.pem'),
    keyFile: file('client.key'),
    encryptedKeyFile: file('client-encrypted.key'),
    serverFile: file(bothOfServer),
    ca: read('ca.pem'),
    cert: read('client.pem'),
    key: read('client.key'),
    encryptedKey: read('client-encrypted.key'),
    keyPassword,
  };
}
