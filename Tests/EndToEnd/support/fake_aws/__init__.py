"""An AWS of our own, written from botocore's models: CloudWatch, Service Quotas, Bedrock and STS on loopback.

It shares no code with the program under test. Every request is recorded whole; its signature is computed anew with
botocore's signer and its parameters are held against botocore's model of the service. What does not fit is kept in
`FakeAWS.problems`, and the test fails at its end.
"""

from support.fake_aws.data import AWSData, Identity, Role
from support.fake_aws.server import FakeAWS

__all__ = ["AWSData", "FakeAWS", "Identity", "Role"]
