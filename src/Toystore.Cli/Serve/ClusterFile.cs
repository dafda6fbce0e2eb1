using System.Text.Json;

namespace Toystore.Cli.Serve;

/// <summary>
/// The JSON file that all nodes of a cluster start with. Read strictly: a property nobody knows is an error, since a misspelt setting would otherwise be a default without a word.
/// </summary>
internal sealed class ClusterFile : ISettingSource
{
    private static readonly Dictionary<string, string> Scalars = new(MembershipSetting.All.Select(setting => KeyValuePair.Create(setting.Property, setting.Name)), StringComparer.Ordinal)
    {
        ["clusterId"] = SettingNames.ClusterId,
        ["n"] = SettingNames.N,
        ["r"] = SettingNames.R,
        ["w"] = SettingNames.W,
        ["durability"] = SettingNames.Durability,
        ["damagedStore"] = SettingNames.DamagedStore,
        ["valueLimit"] = SettingNames.ValueLimit,
        ["hintLimit"] = SettingNames.HintLimit,
        ["hintAge"] = SettingNames.HintAge,
        ["scrubRate"] = SettingNames.ScrubRate,
        ["logLevel"] = SettingNames.LogLevel,
        ["network"] = SettingNames.Network,
    };

    private readonly Dictionary<string, List<Setting>> _settings = new(StringComparer.Ordinal);

    private ClusterFile()
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Setting> Find(string name) => _settings.TryGetValue(name, out var found) ? found : [];

    /// <summary>Reads a file from its text; <paramref name="fileName"/> is for messages.</summary>
    /// <exception cref="UsageException">It is not JSON, or says something nobody understands.</exception>
    public static ClusterFile Parse(string json, string fileName)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new UsageException($"{fileName} is no JSON object: it begins with {{ and holds clusterId, n, members and so on.");
            }

            var file = new ClusterFile();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                file.Take(property, fileName);
            }

            return file;
        }
        catch (JsonException e)
        {
            throw new UsageException($"{fileName} is not JSON: {e.Message}");
        }
    }

    private void Take(JsonProperty property, string fileName)
    {
        switch (property.Name)
        {
            case "members":
                TakeAll(property, SettingNames.Member, fileName, Member);
                break;
            case "policies":
                TakeAll(property, SettingNames.Policy, fileName, Policy);
                break;
            case var name when Scalars.TryGetValue(name, out var setting):
                if (property.Value.ValueKind != JsonValueKind.Null)
                {
                    Add(setting, Text(property.Value, $"{name} in {fileName}"), $"{name} in {fileName}");
                }

                break;
            default:
                throw new UsageException($"{fileName} has a property '{property.Name}' that means nothing here: the known ones are {string.Join(", ", Scalars.Keys)}, members and policies.");
        }
    }

    private void TakeAll(JsonProperty property, string setting, string fileName, Func<JsonElement, string, string> read)
    {
        if (property.Value.ValueKind != JsonValueKind.Array)
        {
            throw new UsageException($"{property.Name} in {fileName} is a list: write [ … ].");
        }

        foreach (var (index, element) in property.Value.EnumerateArray().Index())
        {
            var origin = FormattableString.Invariant($"{property.Name}[{index}] in {fileName}");
            if (element.ValueKind != JsonValueKind.Object)
            {
                throw new UsageException($"{origin} is an object: write {{ … }}.");
            }

            Add(setting, read(element, origin), origin);
        }
    }

    /// <summary>In the form that the flag has: the id, then the rest as name=value.</summary>
    private static string Member(JsonElement element, string origin)
    {
        var id = element.TryGetProperty("id", out var given) ? Text(given, "id of " + origin) : throw new UsageException($"{origin} has no id.");
        var parts = element.EnumerateObject().Where(part => part.Name != "id" && part.Value.ValueKind != JsonValueKind.Null).Select(part => $"{part.Name}={Text(part.Value, part.Name + " of " + origin)}");
        return string.Join(',', parts.Prepend(id));
    }

    private static string Policy(JsonElement element, string origin) =>
        element.TryGetProperty("prefix", out var prefix) && element.TryGetProperty("policy", out var policy) && element.EnumerateObject().Count() == 2
            ? $"{Text(prefix, "prefix of " + origin)}={Text(policy, "policy of " + origin)}"
            : throw new UsageException($"{origin} has exactly a prefix and a policy.");

    private static string Text(JsonElement element, string origin) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString()!,
        JsonValueKind.Number => element.GetRawText(),
        _ => throw new UsageException($"{origin} is a text or a number."),
    };

    private void Add(string name, string text, string origin)
    {
        if (!_settings.TryGetValue(name, out var all))
        {
            _settings[name] = all = [];
        }

        all.Add(new Setting(text, origin));
    }
}
