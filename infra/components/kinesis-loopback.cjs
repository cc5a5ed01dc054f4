/**
 * Loaded into kinesis-mock before its own code (`node --require`): its server would listen on all addresses, here it
 * listens on 127.0.0.1, and says so once it does. It reads `server.json`, its certificate, from the current folder.
 */
const net = require('node:net');

const { listen } = net.Server.prototype;
net.Server.prototype.listen = function listenOnLoopback(...args) {
  this.once('listening', () => {
    const { address, port } = this.address();
    process.stderr.write(`listening on ${address}:${port}\n`);
  });
  const port = typeof args[0] === 'object' ? args[0].port : args[0];
  const callback = args.find((arg) => typeof arg === 'function');
  return listen.call(this, { port: Number(port), host: '127.0.0.1' }, callback);
};
