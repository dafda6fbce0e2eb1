using System.Text.Json.Serialization;

namespace Toystore.Server.Http;

/// <summary>An error as JSON has it.</summary>
internal sealed record ProblemDocument(
    string Type,
    string Title,
    int Status,
    string Detail,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Needed,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Got);

/// <summary>Everything the door writes as JSON, generated at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProblemDocument))]
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
[JsonSerializable(typeof(string))]
internal sealed partial class HttpJson : JsonSerializerContext;
