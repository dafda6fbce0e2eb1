using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Toystore.Client;

namespace Toystore.Cli.Bench;

/// <summary>
/// One request as bytes ready to be sent, in which only the digits of the key, and of the request id where there is one, change from one use to the next. Keys have a fixed number of digits.
/// </summary>
internal sealed class RequestBytes
{
    private const int KeyDigits = 9;
    private const string KeyMark = "#########";
    private const string IdMark = "@@@@@@@@-@@@@-@@@@-@@@@-@@@@@@@@@@@@";

    private readonly byte[] _bytes;
    private readonly int _keyAt;
    private readonly int _idAt;

    private RequestBytes(string head, byte[] body)
    {
        var text = Encoding.ASCII.GetBytes(head);
        _keyAt = head.IndexOf(KeyMark, StringComparison.Ordinal);
        _idAt = head.IndexOf(IdMark, StringComparison.Ordinal);
        _bytes = [.. text, .. body];
    }

    /// <summary>A read.</summary>
    public static RequestBytes Get(BenchOptions options, NodeAddress node) =>
        new($"GET /v1/keys/{Prefix(options)}{KeyMark} HTTP/1.1\r\nHost: {node}\r\n{Header("Toystore-R", options.R)}\r\n", []);

    /// <summary>A write of the same value each time.</summary>
    public static RequestBytes Put(BenchOptions options, NodeAddress node, byte[] value) => new(
        $"PUT /v1/keys/{Prefix(options)}{KeyMark} HTTP/1.1\r\nHost: {node}\r\nContent-Length: {value.Length.ToString(CultureInfo.InvariantCulture)}\r\nToystore-Policy: {options.Policy}\r\n"
            + Header("Toystore-W", options.W) + (options.Durability is { } durability ? $"Toystore-Durability: {durability}\r\n" : "")
            + (options.Retries > 0 ? $"Toystore-Request-Id: {IdMark}\r\n" : "") + "\r\n",
        value);

    /// <summary>The bytes for this key, good until the next call.</summary>
    public ReadOnlyMemory<byte> For(int key, Random random)
    {
        var digits = _bytes.AsSpan(_keyAt, KeyDigits);
        for (var i = KeyDigits - 1; i >= 0; i--)
        {
            digits[i] = (byte)('0' + (key % 10));
            key /= 10;
        }

        if (_idAt >= 0)
        {
            Span<byte> id = stackalloc byte[16];
            random.NextBytes(id);
            Utf8Formatter.TryFormat(new Guid(id), _bytes.AsSpan(_idAt), out _, 'D');
        }

        return _bytes;
    }

    private static string Prefix(BenchOptions options) => KeyPath.Encode(Encoding.UTF8.GetBytes(options.Prefix));

    private static string Header(string name, int? number) => number is { } given ? $"{name}: {given.ToString(CultureInfo.InvariantCulture)}\r\n" : "";
}
