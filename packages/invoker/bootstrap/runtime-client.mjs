/**
 * A client of the Runtime API: one connection, one request after the other. It exists because Node's own HTTP client
 * takes as long as everything else of a short invocation together. It reads what Millrace's Runtime API writes: answers
 * with a Content-Length.
 *
 * Between two requests it keeps no event loop open: a handler that has nothing left to wait for is then noticed.
 */
import { connect } from 'node:net';

export class RuntimeClient {
  #api;
  #socket;
  #chunks = [];
  #sizeBytes = 0;
  /** Of the answer that is being read: headers, and how long it is with them. */
  #head;
  #resolve;

  /** `ended` is called when the API is gone. */
  constructor(api, ended) {
    this.#api = api;
    const [host, port] = api.split(':');
    this.#socket = connect({ host, port: Number(port), noDelay: true });
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', ended);
    this.#socket.on('close', ended);
  }

  /** Resolves to `{ headers, body }`, with headers in small letters and the body as text. */
  ask(method, path, body, headers = {}) {
    let head = `${method} /2018-06-01/runtime/${path} HTTP/1.1\r\nHost: ${this.#api}\r\n`;
    for (const [name, value] of Object.entries(headers)) head += `${name}: ${printable(value)}\r\n`;
    if (body !== undefined) head += `Content-Length: ${Buffer.byteLength(body)}\r\n`;
    this.#socket.ref();
    this.#socket.cork();
    this.#socket.write(`${head}\r\n`);
    if (body !== undefined) this.#socket.write(body);
    this.#socket.uncork();
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  #read(chunk) {
    this.#chunks.push(chunk);
    this.#sizeBytes += chunk.length;
    this.#head ??= this.#readHead();
    if (!this.#head || this.#sizeBytes < this.#head.endBytes) return;
    const { headers, startBytes, endBytes } = this.#head;
    const body = Buffer.concat(this.#chunks).toString('utf8', startBytes, endBytes);
    this.#chunks = [];
    this.#sizeBytes = 0;
    this.#head = undefined;
    this.#socket.unref();
    this.#resolve?.({ headers, body });
  }

  #readHead() {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    const at = bytes.indexOf('\r\n\r\n');
    if (at < 0) return undefined;
    const headers = {};
    for (const line of bytes.toString('latin1', 0, at).split('\r\n').slice(1)) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    return { headers, startBytes: at + 4, endBytes: at + 4 + Number(headers['content-length'] ?? 0) };
  }
}

/** An error's type may be anything; a header may not. */
function printable(text) {
  return text.replaceAll(/[^\x20-\x7e]/g, '?');
}
