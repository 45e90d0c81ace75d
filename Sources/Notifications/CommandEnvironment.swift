import System

/// What a receiver's program inherits of this process's environment: everything but secrets and the ways to AWS keys.
package enum CommandEnvironment {
    /// Parts of the names of `AWS_…` variables that hold keys or say where there are some.
    private static let secretParts = ["KEY", "TOKEN", "SECRET", "CREDENTIAL"]
    /// Where systemd puts a service's secrets (systemd.exec(5), "Credentials").
    private static let secretNames: Set = ["CREDENTIALS_DIRECTORY"]

    package static func variables(of environment: [String: String]) -> [String: String] {
        environment.filter { name, value in
            !holdsKeys(name) && !Redactor.process.finds(in: value)
        }
    }

    private static func holdsKeys(_ name: String) -> Bool {
        secretNames.contains(name)
            || name.hasPrefix("AWS_") && secretParts.contains { name.contains($0) }
    }
}
