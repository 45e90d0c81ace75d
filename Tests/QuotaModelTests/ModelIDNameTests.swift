import Testing

@testable import QuotaModel

@Suite("Names and tags of model IDs")
struct ModelIDNameTests {
    private func profile(_ name: String, _ kind: InferenceProfile.Kind = .application) -> InferenceProfile {
        InferenceProfile(id: "q7x2m9k4v1zd", name: name, kind: kind, modelARNs: [])
    }

    @Test("A name stands before its ID; without one there is the ID alone")
    func phrases() {
        #expect(ModelIDName.phrase("q7x2m9k4v1zd", name: "agent") == "agent [q7x2m9k4v1zd]")
        #expect(ModelIDName.phrase("q7x2m9k4v1zd", name: nil) == "q7x2m9k4v1zd")
    }

    @Test(
        "What is no visible ASCII is no name",
        arguments: ["", "a\u{1b}[2J", "a\nb", "caf\u{e9}", "\u{202e}a", String(repeating: "x", count: 129)])
    func invisible(name: String) {
        #expect(profile(name).shownName == nil)
        #expect(profile(name).givenName == nil)
    }

    @Test("AWS's own profiles have names, but none that people gave")
    func given() {
        #expect(profile("US Claude", .systemDefined).shownName == "US Claude")
        #expect(profile("US Claude", .systemDefined).givenName == nil)
        #expect(profile("my agent").givenName == "my agent")
    }

    @Test(
        "Labels are letters, digits and _",
        arguments: [
            ("team", "tag_team"), ("Cost-Center", "tag_Cost_Center"),
            ("aws:created by", "tag_aws_created_by"),
            ("1/2+3=@.", "tag_1_2_3___"), ("\u{e9}t\u{e9}", "tag__t_"),
        ])
    func labels(key: String, label: String) {
        #expect(ProfileTag(key).label == label)
    }

    @Test("Application profiles are found by ID and by ARN, each once; a new list keeps their tags")
    func profiles() {
        var agent = profile("agent")
        agent.tags = ["team": "red"]
        var inventory = Inventory(profiles: [agent, profile("US Claude", .systemDefined)])
        let arn = "arn:aws:bedrock:r:111122223333:application-inference-profile/q7x2m9k4v1zd"
        #expect(inventory.applicationProfiles(among: [arn, "q7x2m9k4v1zd", "a.b"]) == [agent])
        #expect(inventory.applicationProfiles(among: ["a.b"]).isEmpty)
        inventory.take(profiles: [profile("agent")])
        #expect(inventory.profiles == [agent])
        inventory.take(profiles: [])
        inventory.take(profiles: [profile("agent")])
        #expect(inventory.profiles.first?.tags == nil)
    }
}
