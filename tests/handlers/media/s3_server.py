"""A bucket to test with: moto's S3, over HTTP on loopback, in a process of its own.

moto checks the signature of each request, as any real store does. Its import takes a second, so
only that process imports it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from storage.media.store.address import S3Address

BUCKET = "images"
REGION = "eu-central-1"
# What docs/deployment.md asks for. Without the list, S3 answers 403 for a file that is not there.
ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"]

STOP_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Bucket:
    """An empty one to begin with, and whose credentials open it."""

    endpoint: str
    key_id: str
    secret: str = field(repr=False)

    def under(self, prefix: str | None = None) -> S3Address:
        return S3Address(BUCKET, prefix, self.endpoint, REGION)


@contextmanager
def serving() -> Iterator[Bucket]:
    """Ends with this process, however that ends: the server then reads the end of its input."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.handlers.media.s3_server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"moto ended with {process.wait()}; its reason stands above"
        try:
            yield Bucket(**json.loads(line))
        finally:
            process.stdin.close()
            process.wait(STOP_SECONDS)


def nowhere() -> S3Address:
    """Where nothing listens."""
    return S3Address(BUCKET, None, "http://127.0.0.1:1", REGION)


def main() -> None:
    """Prints one JSON line: a Bucket. Everybody may do everything until it is printed."""
    import logging

    import boto3
    import requests
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line for each request
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    anybody = boto3.Session("nobody", "nothing", region_name=REGION)

    iam = anybody.client("iam", endpoint_url=endpoint)
    iam.create_user(UserName="server")
    key = iam.create_access_key(UserName="server")["AccessKey"]
    # moto wants the right to delete for the bucket itself, S3 for the files in it.
    everything = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    allowed = {"Effect": "Allow", "Action": ACTIONS, "Resource": everything}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="server", PolicyName="files", PolicyDocument=policy)
    here = {"LocationConstraint": REGION}
    s3 = anybody.client("s3", endpoint_url=endpoint)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=here)

    # From the next request on, moto looks at signatures and policies.
    requests.post(f"{endpoint}/moto-api/reset-auth", data=b"0", timeout=5).raise_for_status()
    bucket = {"endpoint": endpoint, "key_id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}
    print(json.dumps(bucket), flush=True)
    sys.stdin.read()
    os._exit(0)  # moto's threads would be waited for


if __name__ == "__main__":
    main()
