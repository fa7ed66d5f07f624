"""What ElastAlert 2 sends for a rule and its matches: writes `requests.jsonl`, one case a line.

Run with a Python that has elastalert2 (recorded with 2.31.0):

    python record.py > requests.jsonl

A case is `{id, rule_yaml, matches, requests}`, a request `{url, headers, body}`; the body is JSON where it is JSON. Cases with
`wire` are recorded where they leave the program: those of SDKs, forms (bodies are their pairs), and with `tcp` the bytes that
a server of this program (at `PORT` of the rule) gets. The rules, which stand in `rules.yaml`, are loaded and their matches are taken as that file has them. Times that an alerter
takes from the clock are left out by the tests.
"""
import base64
import io
import json
import socket
import struct
import sys
import threading
import urllib.parse

from unittest import mock

import yaml


from elastalert.loaders import RulesLoader
from elastalert.ruletypes import AnyRule
from elastalert.util import EAException


def alerter_class(name):
    return RulesLoader.alerts_mapping[name]


class Answer:
    status_code = 202
    text = ''

    def raise_for_status(self):
        pass


def options_of(text):
    options = yaml.load(text, Loader=yaml.SafeLoader)
    options.setdefault('timestamp_field', '@timestamp')
    options.setdefault('jinja_root_name', '_data')
    options['type'] = AnyRule(options)
    if options.get('alert_text_type') == 'alert_text_jinja':
        from jinja2 import Template
        options['jinja_template'] = Template(str(options.get('alert_text', '')))
    return options


def record(case):
    if case.get('wire'):
        return record_wire(case)
    options = options_of(case['rule_yaml'])
    sent = []

    def post(url, data=None, headers=None, json=None, auth=None, **_):
        body = data if json is None else json
        sent.append({'url': url, 'headers': dict(headers or {}), 'body': parsed(body),
                     **({'auth': list(auth)} if isinstance(auth, tuple) else {}),
                     **({'auth': [auth.username, auth.password]} if auth is not None and hasattr(auth, 'username') else {})})
        return Answer()

    with mock.patch('requests.post', post):
        alerter = alerter_class(options['alert'])(options)
        alerter.alert([dict(match) for match in case['matches']])
    return {**case, 'requests': sent}


INTERESTING = ['content-type', 'accept', 'authorization', 'x-chatworktoken', 'access-token', 'dd-api-key',
               'dd-application-key', 'x-key', 'x-amz-target', 'x-tc-action', 'x-tc-version', 'x-tc-region', 'x-tc-language']


def wire_request(url, headers, body):
    kept = {name: value.decode() if isinstance(value, bytes) else value
            for name, value in headers.items() if name.lower() in INTERESTING}
    kept = {name: value for name, value in kept.items() if not (name.lower() == 'accept' and value == '*/*')}
    return {'url': url, 'headers': kept, 'body': parsed(body, kept)}


def wire_answer(url):
    if 'tencentcloud' in url:
        return {'Response': {'SendStatusSet': [{'Code': 'Ok'}], 'RequestId': '1'}}
    return {'sid': 'SM1', 'data': {'case_id': 9}}


def record_wire(case):
    """What leaves by requests, botocore or a socket."""
    import botocore.awsrequest
    import requests
    sent = []

    def adapter_send(_, request, **__):
        sent.append(wire_request(request.url, request.headers, request.body or ''))
        response = requests.Response()
        response.status_code = 201 if 'twilio' in request.url else 200
        response.url = request.url
        response.request = request
        response.headers['Content-Type'] = 'application/json'
        response.raw = io.BytesIO(json.dumps(wire_answer(request.url)).encode())
        return response

    def aws_send(_, request):
        body = request.body
        sent.append(wire_request(request.url, dict(request.headers), body if body is not None else ''))
        service = request.url.split('//')[1].split('.')[0]
        texts = {'sns': b'<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>',
                 'email': b'<SendEmailResponse><SendEmailResult><MessageId>1</MessageId></SendEmailResult></SendEmailResponse>',
                 'sqs': json.dumps({'MessageId': '1'}).encode()}

        class Raw(io.BytesIO):
            def stream(self, *_, **__):
                yield self.read()

        return botocore.awsrequest.AWSResponse(request.url, 200, {}, Raw(texts[service]))

    text = case['rule_yaml']
    if case.get('tcp'):
        server, heard = tcp_server()
        text = text.replace('PORT', str(server.getsockname()[1]))
    with mock.patch('requests.adapters.HTTPAdapter.send', adapter_send), \
            mock.patch('botocore.httpsession.URLLib3Session.send', aws_send):
        options = options_of(text)
        alerter = alerter_class(options['alert'])(options)
        try:
            alerter.alert([dict(match) for match in case['matches']])
        except EAException:
            # That of Exotel fails after it has sent: it takes the answer for its status.
            if case['id'] != 'exotel':
                raise
    if case.get('tcp'):
        sent = [{'tcp': base64.b64encode(heard()).decode()}]
    return {name: value for name, value in {**case, 'requests': sent}.items() if name != 'wire'}


def tcp_server():
    """Answers as a broker of STOMP or as Zabbix, whichever is spoken to it."""
    server = socket.create_server(('127.0.0.1', 0))
    got = bytearray()

    def serve():
        connection, _ = server.accept()
        with connection:
            while True:
                chunk = connection.recv(65536)
                if not chunk:
                    return
                got.extend(chunk)
                if chunk.startswith((b'CONNECT', b'STOMP')):
                    connection.sendall(b'CONNECTED\nversion:1.1\n\n\0')
                elif got.startswith(b'ZBXD'):
                    answer = json.dumps({'response': 'success', 'info': 'processed: 1; failed: 0; total: 1; seconds spent: 0.1'}).encode()
                    connection.sendall(b'ZBXD\x01' + struct.pack('<Q', len(answer)) + answer)
                    return

    thread = threading.Thread(target=serve)
    thread.start()

    def heard():
        thread.join(10)
        return bytes(got)

    return server, heard


def parsed(body, headers=None):
    if isinstance(body, bytes):
        body = body.decode()
    if 'form-urlencoded' in str({name.lower(): value for name, value in (headers or {}).items()}.get('content-type')):
        pairs = body if isinstance(body, dict) else dict(urllib.parse.parse_qsl(body))
        return {name: str(value) for name, value in pairs.items()}
    value = json.loads(body) if isinstance(body, str) else body
    if isinstance(value, dict) and 'sourceRef' in value:
        # A set of Python: its order is chance.
        value['tags'].sort()
    return value


if __name__ == '__main__':
    with open('rules.yaml') as file:
        cases = yaml.load(file, Loader=yaml.SafeLoader)
    for case in cases['cases']:
        matches = [cases['matches'][name] for name in case.get('matches', ['one'])]
        text = case['rule']
        full = {'id': case['id'], 'rule_yaml': cases['base'] + text, 'matches': matches,
                **{name: case[name] for name in ('wire', 'tcp') if name in case}}
        try:
            print(json.dumps(record(full), ensure_ascii=False))
        except Exception as error:  # noqa: BLE001
            print(case['id'], type(error).__name__, error, file=sys.stderr)
            raise
