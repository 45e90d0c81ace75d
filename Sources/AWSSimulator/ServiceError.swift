/// An AWS error before it is written in the protocol of the service that answers.
package struct ServiceError: Error, Equatable {
    package enum Kind: Equatable, Sendable {
        case throttled, internalFailure, serviceUnavailable
        case accessDenied, expiredToken, missingAuthentication, incompleteSignature, signatureMismatch
        case validation, invalidNextToken, noSuchResource, unknownOperation, malformedInput
    }

    var kind: Kind
    var message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The code in AWS's query protocol, also the one of `x-amzn-query-error`.
    var queryCode: String { names.query }

    /// The code that this service puts in its answer.
    func code(for service: SimulatedService) -> String {
        switch (service.wireProtocol, kind) {
        case (.queryXML, _): names.query
        case (.json11, .throttled): "TooManyRequestsException"
        case (.json11, .invalidNextToken): "InvalidPaginationTokenException"
        case (.json11, .validation): "IllegalArgumentException"
        case (.json11, .internalFailure): "ServiceException"
        case (.restJSON, .noSuchResource): "ResourceNotFoundException"
        case (.json10, _), (.json11, _), (.restJSON, _): names.json
        }
    }

    func status(for service: SimulatedService) -> Int {
        switch kind {
        case .internalFailure: return 500
        case .serviceUnavailable: return 503
        case .accessDenied, .expiredToken, .missingAuthentication, .signatureMismatch, .incompleteSignature:
            return service.wireProtocol == .restJSON || service.wireProtocol == .queryXML
                ? 403 : authenticationStatus
        case .throttled: return service.wireProtocol == .restJSON ? 429 : 400
        case .noSuchResource, .unknownOperation: return service.wireProtocol == .restJSON ? 404 : 400
        case .validation, .invalidNextToken, .malformedInput: return 400
        }
    }

    /// The JSON services answer 400 to what they know and dislike, 403 to what is not signed.
    private var authenticationStatus: Int {
        kind == .missingAuthentication ? 403 : 400
    }

    private var names: (query: String, json: String) {
        switch kind {
        case .throttled: ("Throttling", "ThrottlingException")
        case .internalFailure: ("InternalFailure", "InternalFailure")
        case .serviceUnavailable: ("ServiceUnavailable", "ServiceUnavailableException")
        case .accessDenied: ("AccessDenied", "AccessDeniedException")
        case .expiredToken: ("ExpiredToken", "ExpiredTokenException")
        case .missingAuthentication: ("MissingAuthenticationToken", "MissingAuthenticationTokenException")
        case .incompleteSignature: ("IncompleteSignature", "IncompleteSignatureException")
        case .signatureMismatch: ("SignatureDoesNotMatch", "InvalidSignatureException")
        case .validation: ("ValidationError", "ValidationException")
        case .invalidNextToken: ("InvalidNextToken", "InvalidNextToken")
        case .noSuchResource: ("ResourceNotFound", "NoSuchResourceException")
        case .unknownOperation: ("InvalidAction", "UnknownOperationException")
        case .malformedInput: ("MalformedInput", "SerializationException")
        }
    }
}

extension ServiceError {
    /// The whole answer: `__type` for the JSON services, with the query code beside it where the service is
    /// query-compatible; a header for REST; XML for the query protocol.
    package func response(for service: SimulatedService) -> SimulatedResponse {
        let status = status(for: service)
        let code = code(for: service)
        var headers = [(name: "Content-Type", value: service.contentType)]
        var text = JSONText()
        switch service.wireProtocol {
        case .json10:
            headers.append(("x-amzn-query-error", "\(queryCode);\(status >= 500 ? "Receiver" : "Sender")"))
            text.object {
                $0.member("__type", "com.amazon.coral.service#\(code)")
                $0.member("message", message)
            }
        case .json11:
            text.object {
                $0.member("__type", code)
                $0.member("Message", message)
            }
        case .restJSON:
            headers.append(("x-amzn-ErrorType", code))
            text.object { $0.member("message", message) }
        case .queryXML:
            return SimulatedResponse(status: status, headers: headers, body: Array(xml(code, status).utf8))
        }
        return SimulatedResponse(status: status, headers: headers, body: text.bytes)
    }

    private func xml(_ code: String, _ status: Int) -> String {
        """
        <ErrorResponse xmlns="\(SecurityTokenService.namespace)">
          <Error>
            <Type>\(status >= 500 ? "Receiver" : "Sender")</Type>
            <Code>\(code)</Code>
            <Message>\(message)</Message>
          </Error>
          <RequestId>\(SimulatedResponse.requestID)</RequestId>
        </ErrorResponse>

        """
    }
}
