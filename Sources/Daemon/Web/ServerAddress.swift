import HTTPServer

/// The address that a server listens on; `Configuration` has a type of the same name for what was typed in.
package typealias ServerAddress = ListenAddress
