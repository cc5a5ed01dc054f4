export { type Gateway, type GatewayOptions, startGateway } from './gateway.ts';
export type { GatewayLog } from './http/tools.ts';
