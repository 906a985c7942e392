"""`/api/docs/`: the guide, with the published schema to try out below it. Everything comes from this host."""

from drf_spectacular.views import SpectacularSwaggerSplitView


class Guide(SpectacularSwaggerSplitView):
    template_name = "api/docs.html"
    title = "Amends API"
