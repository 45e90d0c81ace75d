import Configuration
import System

/// bedrock-quota-exporter.yml(5).
enum ConfigurationManual {
    static let name = "\(BuildInfo.name).yml"

    /// A file that loads.
    static let example = """
        accounts:
          - name: prod
            regions: [ap-southeast-1]
        alerts:
          receivers:
            - type: alertmanager
              url: "http://127.0.0.1:9093"

        """

    static var page: String {
        var page = ManualPage(name, section: 5, title: "File Formats")
        page.section("NAME")
        page.paragraph("\(name) - configuration of \(BuildInfo.name)")
        page.section("DESCRIPTION")
        page.paragraph(
            "A YAML file of at most \(ConfigurationLimits.fileBytes >> 20) MiB, named by --\(Flag.configFile.name). Every key has a default, and no file is required. An unknown key is an error; errors name file, line and column."
        )
        page.paragraph(
            "A changed file is taken over at SIGHUP or POST /-/reload; a bad one changes nothing. \(BuildInfo.name) check tries one without starting anything."
        )
        page.paragraph(
            "Durations are written 90s, 5m, 36h, 400d or 5y. [] after a name stands for each item of a list.")
        page.section("KEYS")
        var section = ""
        for key in ConfigurationKeys.all {
            let top = String(key.path.prefix { $0 != "." && $0 != "[" })
            if top != section {
                page.subsection(top)
                section = top
            }
            page.item(key.path, [HelpTables.typeLine(key), PlainText.of(key.description)])
        }
        page.section("EXAMPLE")
        page.example(example)
        page.section("SEE ALSO")
        page.paragraph("\(BuildInfo.name)(1)")
        return page.text
    }
}
