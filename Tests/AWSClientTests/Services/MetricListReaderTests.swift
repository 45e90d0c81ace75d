import FoundationEssentials
import Testing

@testable import AWSClient

@Suite("Reader of ListMetrics' answers")
struct MetricListReaderTests {
    private typealias Output = CloudWatchWire.ListMetricsOutput

    private func decoded(_ text: some Sequence<UInt8>) -> Output? {
        // Whether it can be decoded is what is asked.
        try? JSONDecoder().decode(Output.self, from: Data(text))
    }

    private static let usual = """
        {"OwningAccounts":["111122223333","1"],"Metrics":[
        {"Namespace":"AWS/Bedrock","MetricName":"Invocations","Dimensions":[{"Name":"ModelId","Value":"a.b/c-v1:0"}]},
        {"MetricName":"T","Dimensions":[{"Value":"d","Name":"e"},{"Name":"f","Value":"g"}]} ],"NextToken":"t/0+=="}

        """

    @Test(
        "what CloudWatch writes is read without the decoder, and as the decoder reads it",
        arguments: [
            Self.usual, #"{"Metrics":[]}"#, #"{"Metrics":[{"MetricName":"a"}]}"#,
            #" { "Metrics" : [ { "MetricName" : "a" , "Dimensions" : [ ] } ] , "OwningAccounts" : [ ] } "#,
        ])
    func reads(text: String) throws {
        let output = try #require(MetricListReader.read(Array(text.utf8)))
        #expect(output == decoded(text.utf8))
    }

    @Test(
        "everything else is left to the decoder",
        arguments: [
            "", "{", "{}", "[]", "null", #"{"Metrics":null}"#, #"{"Metrics":[]} x"#, #"{"Metrics":[],}"#,
            #"{"Metrics":[],"Metrics":[]}"#, #"{"Metrics":[{}]}"#, #"{"Metrics":[{"MetricName":"\u0041"}]}"#,
            #"{"Metrics":[{"MetricName":"é"}]}"#, #"{"Metrics":[{"MetricName":"a","Other":"b"}]}"#,
            #"{"Metrics":[{"MetricName":"a","Dimensions":[{"Name":"b"}]}]}"#,
            #"{"Metrics":[{"MetricName":"a","Dimensions":[{"Name":"b","Value":1}]}]}"#,
            #"{"Metrics":[],"NextToken":null}"#, #"{"Metrics":[],"OwningAccounts":[1]}"#,
        ])
    func leaves(text: String) {
        #expect(MetricListReader.read(Array(text.utf8)) == nil)
    }

    @Test("an answer cut or changed anywhere is read as the decoder reads it, or left to it")
    func mutations() {
        let read = expectAgreement(
            of: Self.usual, changedBy: "0,:\"\\[]{} n\u{0}q", MetricListReader.read)
        #expect(read > 500)
    }
}
