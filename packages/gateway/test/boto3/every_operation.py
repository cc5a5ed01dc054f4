"""Every operation of SQS, as boto3 calls it. Prints as JSON which protocol it spoke and which operations it called.

boto3 checks the MD5 sums of bodies itself; whatever else does not hold ends this with a traceback.
"""

import json
import os
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

called = set()
sqs = boto3.client(
    "sqs",
    endpoint_url=os.environ["MILLRACE_ENDPOINT"],
    region_name="eu-west-1",
    aws_access_key_id="x",
    aws_secret_access_key="y",
    config=Config(retries={"total_max_attempts": 1}),
)
sqs.meta.events.register("before-call.sqs", lambda model, **_: called.add(model.name))


def refused(call, code, **input):
    try:
        call(**input)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        assert error.response["Error"]["Message"], error.response
        return error.response
    raise AssertionError(f"{call} was not refused with {code}")


def arn(url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


dlq = sqs.create_queue(QueueName="dlq", tags={"team": "mill"})["QueueUrl"]
redrive = json.dumps({"deadLetterTargetArn": arn(dlq), "maxReceiveCount": 1})
url = sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
assert url.startswith(os.environ["MILLRACE_ENDPOINT"]), url
assert sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "60"})["QueueUrl"] == url
refused(sqs.create_queue, "QueueAlreadyExists", QueueName="orders", Attributes={"VisibilityTimeout": "61"})
assert sqs.get_queue_url(QueueName="orders")["QueueUrl"] == url
refused(sqs.get_queue_url, "AWS.SimpleQueueService.NonExistentQueue", QueueName="nobody")
assert sqs.list_queues(QueueNamePrefix="ord")["QueueUrls"] == [url]
pages = sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 1})
assert sorted(u for page in pages for u in page["QueueUrls"]) == sorted([dlq, url])

sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "30"})
attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
assert attributes["VisibilityTimeout"] == "30" and json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == 1
assert sqs.list_dead_letter_source_queues(QueueUrl=dlq)["queueUrls"] == [url]

sqs.tag_queue(QueueUrl=dlq, Tags={"a": "1", "b": "<&>"})
sqs.untag_queue(QueueUrl=dlq, TagKeys=["a"])
assert sqs.list_queue_tags(QueueUrl=dlq)["Tags"] == {"team": "mill", "b": "<&>"}

body = "grüße 🚣 <&>\"'\r\n\t+%25"
sent = sqs.send_message(
    QueueUrl=url,
    MessageBody=body,
    MessageAttributes={
        "text": {"DataType": "String", "StringValue": "é"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
        "number": {"DataType": "Number", "StringValue": "1"},
    },
    MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}},
)
[message] = sqs.receive_message(QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"])["Messages"]
assert message["Body"] == body and message["MessageId"] == sent["MessageId"], message
assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"], message
assert message["MessageAttributes"]["bytes"]["BinaryValue"] == b"\x00\xff", message
assert message["Attributes"]["AWSTraceHeader"] == "Root=1" and message["Attributes"]["ApproximateReceiveCount"] == "1"
sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=100)
sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
refused(sqs.delete_message, "ReceiptHandleIsInvalid", QueueUrl=url, ReceiptHandle="nonsense")

# The longest message there is, in the characters that are longest on the wire.
longest = "é" * 524288
sqs.send_message(QueueUrl=url, MessageBody=longest)
[message] = sqs.receive_message(QueueUrl=url)["Messages"]
assert message["Body"] == longest
sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

entries = [{"Id": str(i), "MessageBody": str(i), "DelaySeconds": 901 if i == 9 else 0} for i in range(10)]
batch = sqs.send_message_batch(QueueUrl=url, Entries=entries)
assert [entry["Id"] for entry in batch["Successful"]] == [str(i) for i in range(9)], batch
assert [(entry["Id"], entry["SenderFault"]) for entry in batch["Failed"]] == [("9", True)], batch
messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
assert [message["Body"] for message in messages] == [str(i) for i in range(9)], messages
handles = [{"Id": m["Body"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages]
changed = sqs.change_message_visibility_batch(
    QueueUrl=url, Entries=[{**handle, "VisibilityTimeout": 0} for handle in handles[:3]]
)
assert len(changed["Successful"]) == 3, changed
deleted = sqs.delete_message_batch(QueueUrl=url, Entries=handles[3:] + [{"Id": "x", "ReceiptHandle": "x"}])
assert len(deleted["Successful"]) == 6 and deleted["Failed"][0]["Code"] == "ReceiptHandleIsInvalid", deleted
refused(sqs.send_message_batch, "AWS.SimpleQueueService.EmptyBatchRequest", QueueUrl=url, Entries=[])

# Three messages have been received once, which is as often as they may be.
assert not sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages")
handle = sqs.start_message_move_task(SourceArn=arn(dlq), MaxNumberOfMessagesPerSecond=10)["TaskHandle"]
assert sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"] in range(4)
sqs.start_message_move_task(SourceArn=arn(dlq))
deadline = time.monotonic() + 20
while True:
    tasks = sqs.list_message_move_tasks(SourceArn=arn(dlq), MaxResults=10)["Results"]
    if tasks[0]["Status"] == "COMPLETED":
        break
    assert time.monotonic() < deadline, tasks
    time.sleep(0.02)
assert [task["Status"] for task in tasks] == ["COMPLETED", "CANCELLED"], tasks
assert sum(task["ApproximateNumberOfMessagesMoved"] for task in tasks) == 3, tasks
assert len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)["Messages"]) == 3

fifo = sqs.create_queue(
    QueueName="orders.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"}
)["QueueUrl"]
first = sqs.send_message(QueueUrl=fifo, MessageBody="1", MessageGroupId="g")
assert sqs.send_message(QueueUrl=fifo, MessageBody="1", MessageGroupId="g")["MessageId"] == first["MessageId"]
[message] = sqs.receive_message(
    QueueUrl=fifo, MaxNumberOfMessages=10, AttributeNames=["All"], ReceiveRequestAttemptId="a"
)["Messages"]
assert message["Attributes"]["SequenceNumber"] == first["SequenceNumber"], message
refused(sqs.send_message, "MissingParameter", QueueUrl=fifo, MessageBody="1")

began = time.monotonic()
assert not sqs.receive_message(QueueUrl=fifo, WaitTimeSeconds=1).get("Messages")
assert time.monotonic() - began >= 0.95

sqs.purge_queue(QueueUrl=dlq)
response = refused(sqs.purge_queue, "AWS.SimpleQueueService.PurgeQueueInProgress", QueueUrl=dlq)
assert response["ResponseMetadata"]["HTTPStatusCode"] == 403, response
unsupported = "AWS.SimpleQueueService.UnsupportedOperation"
refused(sqs.add_permission, unsupported, QueueUrl=url, Label="x", AWSAccountIds=["1"], Actions=["*"])
refused(sqs.remove_permission, unsupported, QueueUrl=url, Label="x")
sqs.delete_queue(QueueUrl=url)
refused(sqs.receive_message, "AWS.SimpleQueueService.NonExistentQueue", QueueUrl=url)

missing = set(sqs.meta.service_model.operation_names) - called
print(json.dumps({"protocol": sqs.meta.service_model.metadata["protocol"], "missing": sorted(missing)}))
