using System.Text.Json.Serialization;

namespace Toystore.Node.Peers;

/// <summary>What travels as JSON: rare, small, and free to gain fields from release to release.</summary>
[JsonSerializable(typeof(NodeStatus))]
[JsonSerializable(typeof(NodeRepair))]
internal sealed partial class PeerJson : JsonSerializerContext;
