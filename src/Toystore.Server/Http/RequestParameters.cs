using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.AspNetCore.Http;
using Toystore.Core;

namespace Toystore.Server.Http;

/// <summary>What a request can say besides its key and body.</summary>
[Flags]
internal enum Parameters
{
    None = 0,
    Key = 1,
    Context = 2,
    W = 4,
    R = 8,
    Policy = 16,
    Durability = 32,
    ExpiresAt = 64,
    Ttl = 128,
    RequestId = 256,
    Timeout = 512,
    Sloppy = 1024,
    Read = Key | R | Policy | Timeout | Sloppy,
    Delete = Key | Context | W | Policy | Durability | RequestId | Timeout | Sloppy,
    Put = Delete | ExpiresAt | Ttl,
}

/// <summary>
/// The parameters of one request, as text. Each may stand in a header (<c>Toystore-W: 2</c>) or in the query (<c>?w=2</c>), but only once. A header that means nothing to a request is ignored;
/// a query parameter that means nothing is refused, since it is more likely a key whose question mark was not escaped.
/// </summary>
internal struct RequestParameters
{
    private const string Prefix = "Toystore-";

    public Parameters Given { get; private set; }

    public byte[]? Key { get; private set; }

    public string? Context { get; private set; }

    public string? W { get; private set; }

    public string? R { get; private set; }

    public string? Policy { get; private set; }

    public string? Durability { get; private set; }

    public string? ExpiresAt { get; private set; }

    public string? Ttl { get; private set; }

    public string? RequestId { get; private set; }

    public string? Timeout { get; private set; }

    public string? Sloppy { get; private set; }

    public static bool TryRead(IHeaderDictionary headers, ReadOnlySpan<char> query, Parameters allowed, out RequestParameters parameters, [NotNullWhen(false)] out string? problem)
    {
        parameters = default;
        problem = null;
        foreach (var header in headers)
        {
            var parameter = OfHeader(header.Key) & allowed;
            if (parameter != Parameters.None && !parameters.Take(parameter, header.Value.ToString(), out problem))
            {
                return false;
            }
        }

        var reader = new QueryReader(query);
        while (reader.Next(out var name, out var value))
        {
            var parameter = Named(name) & allowed;
            if (parameter == Parameters.None)
            {
                problem = $"The query parameter '{name}' means nothing here. If it belongs to the key, write the question mark before it as %3F.";
                return false;
            }

            if (!PercentEncoding.TryDecode(value, parameter == Parameters.Key ? Core.Key.BytesMax : int.MaxValue, out var bytes))
            {
                problem = $"The query parameter '{name}' cannot be read: write each byte that is not a letter or digit as % and two hexadecimal digits" +
                    (parameter == Parameters.Key ? $", and at most {Core.Key.BytesMax} bytes." : ".");
                return false;
            }

            if (parameter == Parameters.Key)
            {
                parameters.Key = bytes;
            }

            if (!parameters.Take(parameter, parameter == Parameters.Key ? string.Empty : Encoding.UTF8.GetString(bytes), out problem))
            {
                return false;
            }
        }

        return true;
    }

    private static Parameters OfHeader(string header)
    {
        if (header.Length == 15 && header.Equals("Idempotency-Key", StringComparison.OrdinalIgnoreCase))
        {
            return Parameters.RequestId;
        }

        if (header.Length is <= 9 or > 25 || !header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return Parameters.None;
        }

        Span<char> name = stackalloc char[16];
        var length = header.AsSpan(Prefix.Length).ToLowerInvariant(name);
        return Named(name[..length]) & ~Parameters.Key;
    }

    private static Parameters Named(ReadOnlySpan<char> name) => name switch
    {
        "key" => Parameters.Key,
        "context" => Parameters.Context,
        "w" => Parameters.W,
        "r" => Parameters.R,
        "policy" => Parameters.Policy,
        "durability" => Parameters.Durability,
        "expires-at" => Parameters.ExpiresAt,
        "ttl" => Parameters.Ttl,
        "request-id" => Parameters.RequestId,
        "timeout" => Parameters.Timeout,
        "sloppy" => Parameters.Sloppy,
        _ => Parameters.None,
    };

    private bool Take(Parameters parameter, string value, [NotNullWhen(false)] out string? problem)
    {
        if ((Given & parameter) != Parameters.None)
        {
            problem = $"The parameter {parameter} is given twice. Send it once, as a header or in the query.";
            return false;
        }

        Given |= parameter;
        problem = null;
        switch (parameter)
        {
            case Parameters.Key:
                break;
            case Parameters.Context:
                Context = value;
                break;
            case Parameters.W:
                W = value;
                break;
            case Parameters.R:
                R = value;
                break;
            case Parameters.Policy:
                Policy = value;
                break;
            case Parameters.Durability:
                Durability = value;
                break;
            case Parameters.ExpiresAt:
                ExpiresAt = value;
                break;
            case Parameters.Ttl:
                Ttl = value;
                break;
            case Parameters.RequestId:
                RequestId = value;
                break;
            case Parameters.Timeout:
                Timeout = value;
                break;
            case Parameters.Sloppy:
                Sloppy = value;
                break;
            default:
                throw new InvariantException($"no parameter {parameter}");
        }

        return true;
    }
}
