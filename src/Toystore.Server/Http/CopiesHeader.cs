using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Toystore.Server.Http;

/// <summary>Says with every answer about values that the cluster keeps fewer copies than it should. The text is made once per change.</summary>
internal sealed class CopiesHeader(INodeHealth health)
{
    private volatile Told _told = new(default, string.Empty);

    public void Set(HttpResponse response)
    {
        var copies = health.Copies;
        if (copies.Kept < copies.Wanted)
        {
            var told = _told;
            if (told.Copies != copies)
            {
                _told = told = new Told(copies, string.Create(CultureInfo.InvariantCulture, $"{copies.Kept}/{copies.Wanted}"));
            }

            response.Headers[HeaderName.CopiesKept] = told.Text;
        }
    }

    private sealed record Told(CopyCount Copies, string Text);
}
