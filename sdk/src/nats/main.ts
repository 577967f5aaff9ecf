export { createNatsPublisher, type NatsPublisher, type Streamed } from './nats-publisher.js';
export { natsTransport, type NatsOptions } from './nats-transport.js';
