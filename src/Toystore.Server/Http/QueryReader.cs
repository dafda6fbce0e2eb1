namespace Toystore.Server.Http;

/// <summary>Goes through the parameters of a query, still encoded.</summary>
internal ref struct QueryReader(ReadOnlySpan<char> query)
{
    private ReadOnlySpan<char> _rest = query;

    public bool Next(out ReadOnlySpan<char> name, out ReadOnlySpan<char> value)
    {
        while (!_rest.IsEmpty)
        {
            var end = _rest.IndexOf('&');
            var parameter = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
            if (!parameter.IsEmpty)
            {
                var equals = parameter.IndexOf('=');
                name = equals < 0 ? parameter : parameter[..equals];
                value = equals < 0 ? default : parameter[(equals + 1)..];
                return true;
            }
        }

        name = value = default;
        return false;
    }
}
