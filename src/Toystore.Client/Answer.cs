using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Toystore.Client;

/// <summary>A whole answer of one node: status, headers, body.</summary>
internal sealed record Answer(HttpStatusCode Status, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, byte[] Body, Uri Node)
{
    private Problem? _problem;

    /// <summary>What the answer says went wrong; all parts null if it does not say so in our way.</summary>
    public Problem Problem => _problem ??= ReadProblem();

    /// <summary>The sentence that came with an error, or one that names the status.</summary>
    public string Detail => Problem.Detail ?? Problem.Title ?? $"{Node} answered {(int)Status} without saying why.";

    /// <summary>The token in <c>Toystore-Context</c>.</summary>
    public ContextToken? Context => Header("Toystore-Context") is { Length: > 0 } text ? new ContextToken(text) : null;

    /// <summary>True if a Toystore node wrote this, and not something that stands between or in its place.</summary>
    public bool IsOurs => Problem.Name.Length > 0 || Context is not null;

    /// <summary>The server's wish, 1 s if it names none.</summary>
    public TimeSpan RetryAfter => Headers.RetryAfter?.Delta is { } delta && delta > TimeSpan.Zero ? delta : TimeSpan.FromSeconds(1);

    /// <summary>The first value of a header; null if it is not there.</summary>
    public string? Header(string name) =>
        Headers.NonValidated.TryGetValues(name, out var values) || ContentHeaders.NonValidated.TryGetValues(name, out values) ? values.First() : null;

    /// <summary>A moment in RFC 3339; null for none, and for anything else.</summary>
    public static DateTimeOffset? ReadMoment(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment) ? moment : null;

    private Problem ReadProblem()
    {
        if (ContentHeaders.ContentType?.MediaType is "application/problem+json" && Body.Length > 0)
        {
            try
            {
                return JsonSerializer.Deserialize(Body, Wire.Default.Problem) ?? new Problem(null, null, null, null, null);
            }
            catch (JsonException)
            {
                // Then the status alone has to do.
            }
        }

        return new Problem(null, null, null, null, null);
    }
}
