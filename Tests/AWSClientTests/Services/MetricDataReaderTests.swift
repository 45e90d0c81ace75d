import FoundationEssentials
import Testing

@testable import AWSClient

@Suite("Reader of GetMetricData's answers")
struct MetricDataReaderTests {
    private typealias Output = CloudWatchWire.GetMetricDataOutput

    private func decoded(_ text: some Sequence<UInt8>) -> Output? {
        // Whether it can be decoded is what is asked.
        try? JSONDecoder().decode(Output.self, from: Data(text))
    }

    private static let usual = """
        {"Messages":[],"MetricDataResults":[
        {"Id":"q0","Label":"a b/c:0","Timestamps":[1772323200,1.77232326E9,1772323320.0],"Values":[0,2.5,1E+1],"StatusCode":"Complete"},
        {"StatusCode":"PartialData","Id":"q1","Values":[],"Timestamps":[ ],"Messages":[]} ],"NextToken":"t/0+=="}

        """

    @Test(
        "what CloudWatch writes is read without the decoder, and as the decoder reads it",
        arguments: [
            Self.usual, #"{"MetricDataResults":[]}"#, #" { "MetricDataResults" : [ { "Id" : "q0" } ] } "#,
            #"{"MetricDataResults":[{"Id":"q0","Values":[0.1,123456789012345,1.234567890123,5e-1,5e22,0,0.0,1e22]}]}"#,
        ])
    func reads(text: String) throws {
        let output = try #require(MetricDataReader.read(Array(text.utf8)))
        #expect(output == decoded(text.utf8))
    }

    @Test(
        "everything else is left to the decoder",
        arguments: [
            "", "{", "{}", "[]", "null", #"{"MetricDataResults":null}"#, #"{"MetricDataResults":[]} x"#,
            #"{"MetricDataResults":[],}"#, #"{"MetricDataResults":[],"MetricDataResults":[]}"#,
            #"{"MetricDataResults":[{}]}"#, #"{"MetricDataResults":[{"Id":"q\u0030"}]}"#,
            #"{"MetricDataResults":[{"Id":"qé"}]}"#, #"{"MetricDataResults":[{"Id":"q0","Other":"x"}]}"#,
            #"{"MetricDataResults":[{"Id":"q0","Id":"q1"}]}"#,
            #"{"MetricDataResults":[{"Id":"q0","StatusCode":null}]}"#,
            #"{"MetricDataResults":[{"Id":"q0","Messages":[{"Code":"a"}]}]}"#,
            #"{"MetricDataResults":[],"Messages":[{"Code":"a","Value":"b"}]}"#,
        ]
            + [
                "-1", "01", "1.", ".5", "1e", "1e400", "1e-23", "NaN", "\"1\"", "null", "1,", "1 2", "0x1",
                "1234567890123456", "0.12345678901234", "9007199254740993", "1e+", "+1", "1.5.5",
            ].map { #"{"MetricDataResults":[{"Id":"q0","Values":[\#($0)]}]}"# })
    func leaves(text: String) {
        #expect(MetricDataReader.read(Array(text.utf8)) == nil)
    }

    @Test("an answer cut or changed anywhere is read as the decoder reads it, or left to it")
    func mutations() {
        let read = expectAgreement(
            of: Self.usual, changedBy: "0159.eE+-,:\"\\[]{} n\u{0}q", MetricDataReader.read)
        #expect(read > 500)
    }

    @Test("numbers are read to the last bit")
    func numbers() throws {
        var random = SystemRandomNumberGenerator()
        let texts = (0..<2000).map { _ in
            let digits = String(Int.random(in: 0..<1_000_000_000_000, using: &random))
            let fraction =
                Bool.random(using: &random) ? "." + String(Int.random(in: 0..<100, using: &random)) : ""
            return digits + fraction
                + (Bool.random(using: &random) ? "e\(Int.random(in: -15...15, using: &random))" : "")
        }
        let body = #"{"MetricDataResults":[{"Id":"q0","Values":[\#(texts.joined(separator: ","))]}]}"#
        let output = try #require(MetricDataReader.read(Array(body.utf8)))
        #expect(output.MetricDataResults[0].Values == texts.compactMap(Double.init))
        #expect(output == decoded(body.utf8))
    }
}

@Suite("Writer of GetMetricData's requests")
struct MetricDataRequestTests {
    private struct Input: Decodable, Equatable {
        struct Query: Decodable, Equatable {
            let Id: String
            let MetricStat: Stat
            let ReturnData: Bool
        }
        struct Stat: Decodable, Equatable {
            let Metric: Metric
            let Period: Int
            let Stat: String
        }
        struct Metric: Decodable, Equatable {
            let Namespace: String
            let MetricName: String
            let Dimensions: [Dimension]
        }
        struct Dimension: Decodable, Equatable {
            let Name: String
            let Value: String
        }
        let MetricDataQueries: [Query]
        let StartTime: Int
        let EndTime: Int
        let ScanBy: String
        let MaxDatapoints: Int
        let NextToken: String?
    }

    @Test(
        "any text comes back as it was", arguments: [nil, "t"],
        ["plain", "", "\"\\/\n\r\t\u{0}\u{1F}\u{7F}", "ü 日本 🚀", "\u{2028}"])
    func roundTrip(token: String?, text: String) throws {
        let queries = (0..<3).map { count in
            MetricQuery(
                id: "q\(count)", namespace: "AWS/Bedrock", metricName: "M\(text)",
                dimensions: (0..<count).map { MetricDimension(name: "D\($0)", value: text) },
                statistic: "Sum",
                periodSeconds: 300)
        }
        let request = MetricDataRequest(
            queries: queries[...], times: 60..<660, maximumDatapoints: 7, token: token.map { $0 + text })
        let input = try JSONDecoder().decode(Input.self, from: Data(request.body))
        let expected = Input(
            MetricDataQueries: queries.map { query in
                Input.Query(
                    Id: query.id,
                    MetricStat: Input.Stat(
                        Metric: Input.Metric(
                            Namespace: query.namespace, MetricName: query.metricName,
                            Dimensions: query.dimensions.map {
                                Input.Dimension(Name: $0.name, Value: $0.value)
                            }),
                        Period: 300, Stat: "Sum"), ReturnData: true)
            }, StartTime: 60, EndTime: 660, ScanBy: "TimestampAscending", MaxDatapoints: 7,
            NextToken: token.map { $0 + text })
        #expect(input == expected)
    }
}
