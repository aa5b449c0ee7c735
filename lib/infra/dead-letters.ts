import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/**
 * One queue for everything that nobody handled: schedules that could not be delivered, and events whose function
 * failed for good. The two differ in shape, and an alarm watches for the first message of either.
 */
export class DeadLetters extends Construct {
  /** Encrypted, over TLS only, kept for 14 days. */
  readonly queue: Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const reason = 'This is the dead-letter queue; what arrives here is read by a person.';
    acknowledge(this.queue, { 'AwsSolutions-SQS3': reason, 'Serverless-SQSRedrivePolicy': reason });
  }
}
