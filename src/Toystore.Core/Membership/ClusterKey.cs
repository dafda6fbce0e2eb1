using System.Security.Cryptography;

namespace Toystore.Core.Membership;

/// <summary>A secret that the members of a cluster share: 16, 24 or 32 bytes (AES-128, -192, -256). Whoever has it can say anything in the name of any member; whoever has not, nothing.</summary>
public sealed class ClusterKey : IEquatable<ClusterKey>
{
    private readonly byte[] _secret;

    private ClusterKey(byte[] secret)
    {
        _secret = secret;
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData([.. "toystore cluster key"u8, .. secret]).AsSpan(0, 4));
    }

    /// <summary>Eight hexadecimal digits that name the key and do not give it away.</summary>
    public string Fingerprint { get; }

    internal ReadOnlySpan<byte> Secret => _secret;

    /// <summary>Reads 16, 24 or 32 bytes; false for any other number of them.</summary>
    public static bool TryCreate(ReadOnlySpan<byte> secret, out ClusterKey? key)
    {
        key = secret.Length is 16 or 24 or 32 ? new ClusterKey(secret.ToArray()) : null;
        return key is not null;
    }

    /// <summary>Reads Base64 of 16, 24 or 32 bytes, as <c>openssl rand -base64 32</c> prints it; false for anything else.</summary>
    public static bool TryParse(string? text, out ClusterKey? key)
    {
        key = null;
        Span<byte> bytes = stackalloc byte[48];
        return text is { Length: <= 64 } && Convert.TryFromBase64String(text.Trim(), bytes, out var length) && TryCreate(bytes[..length], out key);
    }

    /// <inheritdoc/>
    public bool Equals(ClusterKey? other) => other is not null && CryptographicOperations.FixedTimeEquals(_secret, other._secret);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ClusterKey);

    /// <inheritdoc/>
    public override int GetHashCode() => Fingerprint.GetHashCode(StringComparison.Ordinal);

    /// <summary>The <see cref="Fingerprint"/>, so that the secret gets into no log.</summary>
    public override string ToString() => Fingerprint;
}
