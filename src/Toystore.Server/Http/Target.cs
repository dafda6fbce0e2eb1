using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Toystore.Server.Http;

/// <summary>The target of a request as it was sent, cut at its first question mark. <c>GET http://host/path</c> works as well as <c>GET /path</c>.</summary>
internal readonly struct Target
{
    private readonly string _text;
    private readonly int _pathStart;
    private readonly int _pathEnd;

    private Target(string text)
    {
        _text = text;
        if (text.Length == 0 || text[0] != '/')
        {
            var scheme = text.IndexOf("://", StringComparison.Ordinal);
            var path = scheme < 0 ? -1 : text.AsSpan(scheme + 3).IndexOfAny('/', '?');
            _pathStart = path < 0 ? text.Length : scheme + 3 + path;
        }

        var query = text.AsSpan(_pathStart).IndexOf('?');
        _pathEnd = query < 0 ? text.Length : _pathStart + query;
    }

    /// <summary>From the first slash to the question mark.</summary>
    public ReadOnlySpan<char> Path => _pathStart == _pathEnd ? "/" : _text.AsSpan(_pathStart, _pathEnd - _pathStart);

    /// <summary>What follows the question mark.</summary>
    public ReadOnlySpan<char> Query => _pathEnd >= _text.Length ? default : _text.AsSpan(_pathEnd + 1);

    public static Target Of(HttpContext context) => Parse(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);

    public static Target Parse(string rawTarget) => new(rawTarget);
}
