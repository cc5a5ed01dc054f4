"""Kinesis and DynamoDB Streams, as boto3 calls them. Prints as JSON which operations there are that it did not call.

The table's stream `orders` is there already, with three changes. What does not hold ends this with a traceback.
"""

import json
import os
from datetime import datetime, timedelta, timezone

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

called = {"kinesis": set(), "dynamodbstreams": set()}


def client(service):
    made = boto3.client(
        service,
        endpoint_url=os.environ["MILLRACE_ENDPOINT"],
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="y",
        config=Config(retries={"total_max_attempts": 1}),
    )
    made.meta.events.register(f"before-call.{service}", lambda model, **_: called[service].add(model.name))
    return made


def refused(call, code, **input):
    try:
        call(**input)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        assert error.response["Error"]["Message"], error.response
        return
    raise AssertionError(f"{call} was not refused with {code}")


kinesis = client("kinesis")
arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/s"
kinesis.create_stream(StreamName="s", ShardCount=1, Tags={"team": "mill"})
kinesis.get_waiter("stream_exists").wait(StreamName="s")
refused(kinesis.create_stream, "ResourceInUseException", StreamName="s", ShardCount=1)
refused(kinesis.describe_stream, "ResourceNotFoundException", StreamName="nobody")
refused(kinesis.create_stream, "ValidationException", StreamName="a b", ShardCount=1)
kinesis.create_stream(StreamName="t", StreamModeDetails={"StreamMode": "ON_DEMAND"})
pages = kinesis.get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 1})
assert [name for page in pages for name in page["StreamNames"]] == ["s", "t"]
kinesis.update_stream_mode(
    StreamARN=arn.replace("/s", "/t"), StreamModeDetails={"StreamMode": "PROVISIONED"}
)
kinesis.delete_stream(StreamName="t")
kinesis.get_waiter("stream_not_exists").wait(StreamName="t")

kinesis.add_tags_to_stream(StreamName="s", Tags={"a": "1"})
kinesis.remove_tags_from_stream(StreamName="s", TagKeys=["team"])
assert kinesis.list_tags_for_stream(StreamName="s")["Tags"] == [{"Key": "a", "Value": "1"}]
kinesis.increase_stream_retention_period(StreamName="s", RetentionPeriodHours=48)
summary = kinesis.describe_stream_summary(StreamARN=arn)["StreamDescriptionSummary"]
assert summary["RetentionPeriodHours"] == 48 and summary["OpenShardCount"] == 1, summary
kinesis.decrease_stream_retention_period(StreamName="s", RetentionPeriodHours=24)

began = datetime.now(timezone.utc) - timedelta(minutes=1)
data = bytes(range(256))
first = kinesis.put_record(StreamName="s", Data=data, PartitionKey="grüße")
batch = kinesis.put_records(
    StreamName="s", Records=[{"Data": b"%d" % i, "PartitionKey": "k", "ExplicitHashKey": "0"} for i in range(500)]
)
assert batch["FailedRecordCount"] == 0 and len(batch["Records"]) == 500, batch
shard = first["ShardId"]


def iterator(type, **more):
    return kinesis.get_shard_iterator(StreamName="s", ShardId=shard, ShardIteratorType=type, **more)["ShardIterator"]


read = kinesis.get_records(ShardIterator=iterator("TRIM_HORIZON"), Limit=1)
[record] = read["Records"]
assert record["Data"] == data and record["PartitionKey"] == "grüße", record
assert record["SequenceNumber"] == first["SequenceNumber"]
assert abs((datetime.now(timezone.utc) - record["ApproximateArrivalTimestamp"]).total_seconds()) < 60
assert read["MillisBehindLatest"] >= 0
rest = kinesis.get_records(ShardIterator=read["NextShardIterator"])
assert [one["Data"] for one in rest["Records"]] == [b"%d" % i for i in range(500)]
assert len(kinesis.get_records(ShardIterator=iterator("AT_TIMESTAMP", Timestamp=began))["Records"]) == 501
after = iterator("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=first["SequenceNumber"])
assert kinesis.get_records(ShardIterator=after, Limit=1)["Records"][0]["Data"] == b"0"
assert kinesis.get_records(ShardIterator=iterator("LATEST"))["Records"] == []
refused(kinesis.get_records, "InvalidArgumentException", ShardIterator="nonsense")

consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]
pages = kinesis.get_paginator("list_stream_consumers").paginate(StreamARN=arn)
assert [one["ConsumerName"] for page in pages for one in page["Consumers"]] == ["c"]
described = kinesis.describe_stream_consumer(ConsumerARN=consumer["ConsumerARN"])["ConsumerDescription"]
assert described["ConsumerStatus"] == "ACTIVE" and described["StreamARN"] == arn, described
subscription = kinesis.subscribe_to_shard(
    ConsumerARN=consumer["ConsumerARN"], ShardId=shard, StartingPosition={"Type": "TRIM_HORIZON"}
)
refused(
    kinesis.subscribe_to_shard,
    "ResourceInUseException",
    ConsumerARN=consumer["ConsumerARN"],
    ShardId=shard,
    StartingPosition={"Type": "LATEST"},
)
middle = str(2**127)
kinesis.split_shard(StreamName="s", ShardToSplit=shard, NewStartingHashKey=middle)
pushed = [event["SubscribeToShardEvent"] for event in subscription["EventStream"]]
assert [one["Data"] for event in pushed for one in event["Records"]] == [data] + [b"%d" % i for i in range(500)]
children = pushed[-1]["ChildShards"]
assert [child["ParentShards"] for child in children] == [[shard], [shard]], children
kinesis.deregister_stream_consumer(ConsumerARN=consumer["ConsumerARN"])

[low, high] = [child["ShardId"] for child in children]
kinesis.merge_shards(StreamName="s", ShardToMerge=low, AdjacentShardToMerge=high)
kinesis.update_shard_count(StreamName="s", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
page = kinesis.list_shards(StreamName="s", MaxResults=2)
shards = page["Shards"]
while "NextToken" in page:
    page = kinesis.list_shards(NextToken=page["NextToken"], MaxResults=2)
    shards += page["Shards"]
assert len(shards) == 6, shards
open_ones = [one for one in shards if "EndingSequenceNumber" not in one["SequenceNumberRange"]]
assert [one["HashKeyRange"]["StartingHashKey"] for one in open_ones] == ["0", middle], open_ones
assert shards[3]["ParentShardId"] == low and shards[3]["AdjacentParentShardId"] == high, shards
assert len(kinesis.describe_stream(StreamName="s")["StreamDescription"]["Shards"]) == 6
filtered = kinesis.list_shards(StreamName="s", ShardFilter={"Type": "AT_LATEST"})["Shards"]
assert [one["ShardId"] for one in filtered] == [one["ShardId"] for one in open_ones]

streams = client("dynamodbstreams")
[stream] = streams.list_streams(TableName="orders")["Streams"]
description = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
assert description["StreamViewType"] == "NEW_AND_OLD_IMAGES" and description["TableName"] == "orders", description
shard = description["Shards"][0]["ShardId"]
begin = streams.get_shard_iterator(
    StreamArn=stream["StreamArn"], ShardId=shard, ShardIteratorType="TRIM_HORIZON"
)["ShardIterator"]
read = streams.get_records(ShardIterator=begin, Limit=2)
records = read["Records"] + streams.get_records(ShardIterator=read["NextShardIterator"])["Records"]
assert [one["eventName"] for one in records] == ["INSERT", "MODIFY", "REMOVE"], records
assert records[0]["dynamodb"]["NewImage"]["blob"]["B"] == b"\x00\xff", records[0]
assert records[0]["dynamodb"]["ApproximateCreationDateTime"].microsecond == 0, records[0]
assert records[2]["userIdentity"]["PrincipalId"] == "dynamodb.amazonaws.com", records[2]
at = streams.get_shard_iterator(
    StreamArn=stream["StreamArn"],
    ShardId=shard,
    ShardIteratorType="AT_SEQUENCE_NUMBER",
    SequenceNumber=records[1]["dynamodb"]["SequenceNumber"],
)["ShardIterator"]
assert len(streams.get_records(ShardIterator=at)["Records"]) == 2
refused(streams.describe_stream, "ResourceNotFoundException", StreamArn=stream["StreamArn"] + "x")

missing = {
    service: sorted(set(one.meta.service_model.operation_names) - called[service])
    for service, one in [("kinesis", kinesis), ("dynamodbstreams", streams)]
}
print(json.dumps(missing))
