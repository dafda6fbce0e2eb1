namespace Toystore.Server.Http;

/// <summary>The headers that are Toystore's own.</summary>
internal static class HeaderName
{
    public const string Context = "Toystore-Context";
    public const string Copies = "Toystore-Copies";
    public const string CopiesKept = "Toystore-Copies-Kept";
    public const string Durability = "Toystore-Durability";
    public const string ExpiresAt = "Toystore-Expires-At";
    public const string StandIns = "Toystore-Stand-Ins";
    public const string Next = "Toystore-Next";
}
