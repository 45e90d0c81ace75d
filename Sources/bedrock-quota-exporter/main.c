// In C, because only main itself is told the arguments for certain: Swift looks for them beside the environment, which a
// library that is loaded before may have moved (setenv(3)).

// Commands, `EntryPoint.swift`.
int bedrock_quota_exporter_begin(int count, char **arguments);

int main(int count, char **arguments) { return bedrock_quota_exporter_begin(count, arguments); }
