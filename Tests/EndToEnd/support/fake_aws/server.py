"""The fake AWS's web server: records, checks, and hands requests to the services."""

import json
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support.fake_aws import cloudwatch, control, logs, models, oam, organizations, sts
from support.fake_aws.data import AWSData
from support.fake_aws.faults import Fault
from support.fake_aws.messages import RESET, TRICKLE, ReceivedRequest, ServiceError, error_answer
from support.fake_aws.signature import Signature
from support.waiting import wait_for

_OPERATIONS = {
    "ListMetrics": cloudwatch.list_metrics,
    "GetMetricData": cloudwatch.get_metric_data,
    "ListServiceQuotas": control.list_service_quotas,
    "ListAWSDefaultServiceQuotas": control.list_default_quotas,
    "ListInferenceProfiles": control.list_inference_profiles,
    "ListFoundationModels": control.list_foundation_models,
    "ListCustomModelDeployments": control.list_custom_model_deployments,
    "ListCustomModels": control.list_custom_models,
    "ListTagsForResource": control.list_tags_for_resource,
    "ListModelInvocationJobs": control.list_model_invocation_jobs,
    "GetModelInvocationLoggingConfiguration": control.get_invocation_logging,
    "StartQuery": logs.start_query,
    "GetQueryResults": logs.get_query_results,
    "StopQuery": logs.stop_query,
    "GetCallerIdentity": sts.get_caller_identity,
    "AssumeRole": sts.assume_role,
    "ListAccounts": organizations.list_accounts,
    "ListAccountsForParent": organizations.list_accounts_for_parent,
    "ListOrganizationalUnitsForParent": organizations.list_organizational_units_for_parent,
    "ListSinks": oam.list_sinks,
    "ListAttachedLinks": oam.list_attached_links,
}


class FakeAWS:
    """AWS for one test, on a free port of loopback. Close it when done."""

    def __init__(self):
        self.data = AWSData()
        self.requests = []
        self.problems = []
        self._faults = []
        self._lock = threading.Lock()
        #: Set at the end, so that hanging requests return.
        self.closing = threading.Event()
        self._connections = 0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.aws = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def url(self):
        """The endpoint of all services."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self):
        """Stops the server."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=60)

    def fail(self, action, operation=None, region=None, times=None, access_key=None):
        """Makes requests fail from now on; the newest fault that meets a request acts."""
        fault = Fault(action, operation, region, times, access_key)
        with self._lock:
            self._faults.insert(0, fault)
        return fault

    def heal(self):
        """Ends all faults."""
        with self._lock:
            self._faults.clear()

    def seen(self, operation, region=None):
        """The requests of an operation so far."""
        with self._lock:
            return [r for r in self.requests if r.operation == operation and region in (None, r.region)]

    def take_problems(self):
        """The problems so far; the test has looked at them, and they no longer fail it."""
        with self._lock:
            taken, self.problems = self.problems, []
        return taken

    def wait_until_left(self):
        """Waits until nobody is connected: all that a client sent before it ended is in `requests` and `problems`."""
        wait_for(lambda: not self._connections, "the end of all connections")

    def note_connection(self, change):
        """One connection more, or one less."""
        with self._lock:
            self._connections += change

    def answer(self, request):
        """The answer to a request, after all checks."""
        try:
            try:
                self._check(request)
            finally:
                # Not before it is known what it asks for.
                with self._lock:
                    self.requests.append(request)
            with self._lock:
                fault = next((f for f in self._faults if f.meets(request)), None)
                if fault:
                    fault.use()

            def good():
                account = self.data.identities[request.access_key].account
                return _OPERATIONS[request.operation](self.data.accounts.get(account, self.data), request)

            return fault.action(request, good) if fault else good()
        except ServiceError as error:
            return error_answer(request.service, error)

    def _check(self, request):
        signature = Signature.of(request)
        if signature is None:
            self._refuse(request, 403, "MissingAuthenticationToken", ["not signed"])
        request.region, request.access_key = signature.region, signature.access_key
        try:
            problems = models.read(request, signature.signing_name)
        except (models.ModelMismatch, json.JSONDecodeError, ValueError) as error:
            self._refuse(request, 400, "ValidationError", [str(error)])
        if problems:
            self._refuse(request, 400, "ValidationError", problems)
        if request.operation not in _OPERATIONS:
            self._refuse(request, 400, "InvalidAction", ["an operation that the program has no need of"])
        identity = self.data.identities.get(request.access_key)
        if identity is None:
            code = "InvalidClientTokenId" if request.service == "sts" else "UnrecognizedClientException"
            raise ServiceError(403, code, "The security token included in the request is invalid.")
        problems = signature.problems(request, identity, self.data.now())
        if problems:
            code = "SignatureDoesNotMatch" if request.service in ("sts", "cloudwatch") else "InvalidSignatureException"
            self._refuse(request, 403, code, problems)

    def _refuse(self, request, status, code, problems):
        where = f"{request.service} {request.operation} {request.method} {request.target}"
        with self._lock:
            self.problems.extend(f"{where}: {problem}" for problem in problems)
        raise ServiceError(status, code, "; ".join(problems))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    aws = None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    #: Headers and body leave in one piece.
    wbufsize = -1

    def _handle(self):
        length = int(self.headers.get("Content-Length", 0))
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(length)
        if len(body) < length:
            # The client was killed while it sent.
            self.close_connection = True
            return
        request = ReceivedRequest(self.command, path, query, headers, body, time.time())
        answer = self.server.aws.answer(request)
        if answer.connection == RESET:
            # Closed with data unsent and no time to linger, a socket sends RST.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.rfile.close()
            self.connection.close()
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            if answer.connection == TRICKLE:
                self._trickle(answer.body)
            else:
                self.wfile.write(answer.body[:answer.sent_bytes])
            self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            # The client went away, as it does when it is killed or refuses a body that is too long.
            self.close_connection = True
        if answer.sent_bytes is not None:
            self.close_connection = True

    do_GET = do_POST = _handle

    def _trickle(self, body):
        for index in range(len(body)):
            self.wfile.write(body[index:index + 1])
            self.wfile.flush()
            if self.server.aws.closing.wait(1.5):
                return

    def date_time_string(self, timestamp=None):
        """The Date header, by AWS's clock."""
        return super().date_time_string(self.server.aws.data.now() if timestamp is None else timestamp)

    def log_message(self, format, *args):
        """Keeps quiet: the requests are recorded."""

    def handle(self):
        """As inherited, without a trace for clients that break off."""
        self.server.aws.note_connection(+1)
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            self.server.aws.note_connection(-1)
