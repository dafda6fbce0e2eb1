using System.Text.Json;
using System.Text.Json.Serialization;

namespace Toystore.Client;

/// <summary>An error as the server sends it (RFC 9457), with the counts that quorum errors carry.</summary>
internal sealed record Problem(string? Type, string? Title, string? Detail, int? Needed, int? Got)
{
    private const string TypePrefix = "urn:toystore:problem:";

    /// <summary>The last part of the type, as <c>disk-full</c>; empty if this is no error of a Toystore node.</summary>
    [JsonIgnore]
    public string Name => Type is not null && Type.StartsWith(TypePrefix, StringComparison.Ordinal) ? Type[TypePrefix.Length..] : "";
}

/// <summary>Concurrent values as JSON.</summary>
internal sealed record SiblingsBody(string? Context, IReadOnlyList<SiblingBody>? Values);

/// <summary>One of them.</summary>
internal sealed record SiblingBody(string? ContentType, DateTimeOffset? ExpiresAt, byte[]? Bytes);

/// <summary>A page of keys: each a string, or an object with <c>base64</c> if it is no text.</summary>
internal sealed record KeysBody(IReadOnlyList<JsonElement>? Keys, string? Next);

/// <summary>What crosses the wire as JSON.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(SiblingsBody))]
[JsonSerializable(typeof(KeysBody))]
[JsonSerializable(typeof(ClusterStatus))]
[JsonSerializable(typeof(RingStatus))]
[JsonSerializable(typeof(KeyPlacement))]
[JsonSerializable(typeof(HintsReport))]
[JsonSerializable(typeof(RepairReport))]
[JsonSerializable(typeof(KeysReport))]
[JsonSerializable(typeof(KeyChange))]
[JsonSerializable(typeof(TopologyReport))]
[JsonSerializable(typeof(TopologyHistory))]
[JsonSerializable(typeof(ForceOrder))]
[JsonSerializable(typeof(ForceReport))]
[JsonSerializable(typeof(DrainReport))]
internal sealed partial class Wire : JsonSerializerContext;
