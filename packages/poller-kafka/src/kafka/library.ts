/** kafkajs is CommonJS: Node finds its names only behind its default export. */
import kafkajs from 'kafkajs';

export const { AssignerProtocol, ConfigResourceTypes, Kafka, logLevel } = kafkajs;
