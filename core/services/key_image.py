"""Key image: a reader points out an image of a study to whoever looks at it next."""

from core.records import KeyImage
from core.rights import Actor, Right, permit
from core.services.review import note_study
from core.services.site import Site
from core.store import images, key_images


def choose_key_image(site: Site, image_key: int, *, chosen: bool, actor: Actor) -> tuple[KeyImage, ...]:
    """Point the image out, or no longer; what this reader points out in its study.

    A reader's choice is her own: it neither changes a colleague's nor tells of it. Raises NotFound, NotAllowed.
    """
    name = permit(actor, Right.READ)
    with site.database.session() as session:
        image = images.get(session, image_key)
        if key_images.add(session, image, reader=name, chosen=chosen, at=site.clock()):
            action = "key-image" if chosen else "no-key-image"
            note_study(session, site, name, action, image.study_key, f"image:{image_key}")
        return tuple(each for each in key_images.of_study(session, image.study_key) if each.reader == name)
