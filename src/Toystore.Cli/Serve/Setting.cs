namespace Toystore.Cli.Serve;

/// <summary>A setting as somebody wrote it, and where, for messages: <c>--n</c>, <c>TOYSTORE_N</c>, <c>n in cluster.json</c>.</summary>
internal sealed record Setting(string Text, string Origin);

/// <summary>One place where settings stand. A name can stand there several times (members, policies); a file may hold none of them.</summary>
internal interface ISettingSource
{
    /// <summary>All settings of that name, in order; empty if there are none.</summary>
    IReadOnlyList<Setting> Find(string name);
}

/// <summary>The names of the settings: flags <c>--value-limit</c>, variables <c>TOYSTORE_VALUE_LIMIT</c>, properties <c>valueLimit</c>.</summary>
internal static class SettingNames
{
    public const string ClusterId = "cluster-id";
    public const string ClusterKey = "cluster-key";
    public const string DamagedStore = "damaged-store";
    public const string Data = "data";
    public const string Durability = "durability";
    public const string HintAge = "hint-age";
    public const string HintLimit = "hint-limit";
    public const string Http = "http";
    public const string Id = "id";
    public const string LogLevel = "log-level";
    public const string Member = "member";
    public const string N = "n";
    public const string Network = "network";
    public const string Peer = "peer";
    public const string Policy = "policy";
    public const string R = "r";
    public const string ScrubRate = "scrub-rate";
    public const string Redis = "redis";
    public const string ValueLimit = "value-limit";
    public const string W = "w";

    /// <summary>The variable of a setting.</summary>
    public static string Variable(string name) => "TOYSTORE_" + name.Replace('-', '_').ToUpperInvariant();
}

/// <summary>Settings in the environment; several members, policies or keys stand in one variable, separated by semicolons.</summary>
internal sealed class EnvironmentSettings(Func<string, string?> environment) : ISettingSource
{
    public IReadOnlyList<Setting> Find(string name)
    {
        var variable = SettingNames.Variable(name) + (name is SettingNames.Member or SettingNames.ClusterKey ? "S" : "");
        variable = name is SettingNames.Policy ? "TOYSTORE_POLICIES" : variable;
        var text = environment(variable);
        if (string.IsNullOrEmpty(text))
        {
            return [];
        }

        return name is SettingNames.Member or SettingNames.Policy or SettingNames.ClusterKey
            ? [.. text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(part => new Setting(part, variable))]
            : [new Setting(text, variable)];
    }
}
